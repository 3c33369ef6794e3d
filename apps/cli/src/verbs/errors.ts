import type { ErrorGroup, ErrorGroups } from '#contracts';
import { chosenJobs } from '../chosen-jobs.js';
import type { JobFilterOptions } from '../commands/job-filter-options.js';
import { checkJobQuery } from '../check-query.js';
import { connectToRead } from '../connect.js';
import { exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { printList } from '../print-list.js';
import { errorLines } from '../render/error-table.js';
import { sandboxHints } from '../render/sandbox-hints.js';

export type ErrorsOptions = Omit<JobFilterOptions, 'state'> & { limit?: number };

/** A table has a head and up to five lines under its rows. */
const tableRowsMax = 18;
const groupsMax = 1_000;

/** Tells why jobs failed: one line for all that failed alike. Exits 0 whatever there is. */
export async function errors(call: Call, selector: string, options: ErrorsOptions): Promise<ExitCode> {
  checkJobQuery(options.query);
  const connection = await connectToRead(call);
  try {
    const { client } = connection;
    const format = call.globals.output;
    const conditions = await chosenJobs(client, selector, options);
    const limit = options.limit ?? (format === 'table' ? tableRowsMax : groupsMax);
    const found = await client.errors(selector, { ...conditions, states: undefined, limit });
    if (format === 'table') await printTable(call, selector, found);
    else if (format === 'json') await call.terminal.out.line(JSON.stringify(found, null, 2));
    else await printList(call, { format, ...shape }, each(found.groups), Infinity);
    await call.terminal.out.flush();
  } finally {
    await connection.release();
  }
  return exitCodes.ok;
}

async function printTable({ terminal }: Call, selector: string, found: ErrorGroups): Promise<void> {
  const { groups, pruned, cancelled } = found;
  if (groups.length + pruned + cancelled === 0) return terminal.note('no job failed that is like that');
  for (const hint of sandboxHints(groups)) terminal.note(hint);
  await terminal.out.lines(errorLines(found, groups.length));
  const [first] = groups;
  if (!first) return;
  await terminal.out.lines([
    `run them again:  sluice retry ${selector} --group ${first.name}`,
    `look at one:     sluice logs ${selector} ${first.sample.ordinal}`,
  ]);
}

const shape = {
  head: [
    ...['group', 'fingerprint', 'jobs', 'label', 'reason', 'exitCode', 'signal', 'sites', 'message'],
    ...['sampleOrdinal', 'sampleName', 'firstAt', 'lastAt'],
  ],
  idOf: (group: ErrorGroup) => group.fingerprint,
  cellsOf: ({
    name,
    fingerprint,
    jobs,
    label,
    reason,
    exitCode,
    signal,
    sites,
    message,
    sample,
    ...at
  }: ErrorGroup) => [
    ...[name, fingerprint, jobs, label, reason, exitCode, signal],
    ...[sites.map((there) => `${there.site} ${there.jobs}`).join('; '), message],
    ...[sample.ordinal, sample.name, at.firstAt, at.lastAt],
  ],
};

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* await Promise.resolve(items);
}
