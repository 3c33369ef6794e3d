import type { SluiceClient } from '#client';
import type { JobView } from '#contracts';
import { connectToRead } from '../connect.js';
import { CliFault, exitCodes, type ExitCode } from '../exit-code.js';
import type { ExportFormat, ExportOptions } from '../export-format.js';
import type { Call, DocumentFormat } from '../globals.js';
import { jobCells, jobColumns } from '../render/job-cells.js';
import { csvRecord } from '../render/csv.js';
import { writeWholeFile } from '../terminal/whole-file.js';

/** Writes a workflow's document, or what became of its jobs, to stdout or a file. Holds a few lines at a time. */
export async function exportWorkflow(call: Call, selector: string, options: ExportOptions): Promise<ExitCode> {
  const { output, observed, to } = options;
  if (observed && output !== 'sluice') {
    throw new CliFault(exitCodes.usage, [`-o ${output} says what was observed anyway`, 'leave --observed away']);
  }
  const connection = await connectToRead(call);
  try {
    const texts = textsOf(connection.client, selector, { format: output, observed });
    if (to !== undefined) await writeWholeFile(to, texts);
    else {
      for await (const text of texts) await call.terminal.out.text(text);
      await call.terminal.out.flush();
    }
  } finally {
    await connection.release();
  }
  return exitCodes.ok;
}

async function* textsOf(
  client: SluiceClient,
  selector: string,
  { format, observed }: { format: ExportFormat; observed: boolean },
): AsyncGenerator<string> {
  if (format === 'wfformat') {
    const { wfFormatOf } = await import('../wf-format-of.js');
    yield* wfFormatOf(client, selector);
    return;
  }
  const lines =
    format === 'sluice'
      ? client.documentLines(selector, { observed: observed ? 'run' : 'submitted' })
      : jobLinesAs(format, client.jobLines(selector));
  for await (const line of lines) yield `${line}\n`;
}

/** Every job in document order, a line each; only CSV has to read what the server wrote. */
async function* jobLinesAs(
  format: Exclude<ExportFormat, DocumentFormat>,
  jobs: AsyncIterable<string>,
): AsyncGenerator<string> {
  if (format === 'ndjson') {
    yield* jobs;
    return;
  }
  if (format === 'csv') {
    yield csvRecord(jobColumns);
    for await (const job of jobs) yield csvRecord(jobCells(JSON.parse(job) as JobView));
    return;
  }
  let before = '[';
  for await (const job of jobs) {
    yield before + job;
    before = ',';
  }
  yield before === '[' ? '[]' : ']';
}
