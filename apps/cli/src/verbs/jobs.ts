import type { JobConditions, SluiceClient } from '#client';
import type { JobView } from '#contracts';
import { chosenJobs } from '../chosen-jobs.js';
import type { JobFilterOptions } from '../commands/job-filter-options.js';
import { checkJobQuery } from '../check-query.js';
import { connectToRead } from '../connect.js';
import { exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { printList } from '../print-list.js';
import { jobCells, jobColumns } from '../render/job-cells.js';
import { grouped } from '../render/numbers.js';
import { table } from '../render/table.js';

export type JobsOptions = JobFilterOptions & { limit?: number };

const tableRowsMax = 20;
/** The server's own bound of a page. */
const pageRowsMax = 1_000;

/** Lists a workflow's jobs in document order. */
export async function jobs(call: Call, selector: string, options: JobsOptions): Promise<ExitCode> {
  checkJobQuery(options.query);
  const connection = await connectToRead(call);
  const { limit } = options;
  try {
    const filter = await chosenJobs(connection.client, selector, options);
    // Lines go through as the server wrote them: a million of them are not read and written anew.
    const wholeLines = call.globals.output === 'ndjson' && limit === undefined;
    if (wholeLines)
      for await (const line of connection.client.jobLines(selector, filter)) await call.terminal.out.line(line);
    else if (call.globals.output === 'table') await printTable(call, connection.client, selector, { ...filter, limit });
    else {
      const shape = {
        format: call.globals.output,
        head: jobColumns,
        cellsOf: jobCells,
        idOf: (job: JobView) => job.name,
      };
      await printList(call, shape, connection.client.jobs(selector, filter), limit ?? Infinity);
    }
    await call.terminal.out.flush();
  } finally {
    await connection.release();
  }
  return exitCodes.ok;
}

async function printTable(
  call: Call,
  client: SluiceClient,
  selector: string,
  asked: JobConditions & { limit: number | undefined },
): Promise<void> {
  const limit = Math.min(asked.limit ?? tableRowsMax, pageRowsMax);
  const page = await client.jobPage(selector, { ...asked, limit });
  const { out, note } = call.terminal;
  if (page.jobs.length === 0) return note('no job is like that');
  await out.lines(
    table(
      [
        { title: '#', align: 'right' },
        { title: 'label', align: 'left', widthMax: 16 },
        { title: 'name', align: 'left', widthMax: 26 },
        { title: 'state', align: 'left' },
        { title: 'reason', align: 'left' },
        { title: 'try', align: 'right' },
        { title: 'exit', align: 'right' },
      ],
      page.jobs.map((job) => [
        ...[grouped(job.ordinal), job.label, job.name, job.state, job.reason ?? ''],
        ...[String(job.attempt), job.exitCode === null ? '' : String(job.exitCode)],
      ]),
    ),
  );
  if (page.next !== null) note(`... and more: --limit N up to ${pageRowsMax}, or -o ndjson for all`);
}
