import type { FailReason, MemoryOrder, RetryAnswer, RetryRequest } from '#contracts';
import { groupFingerprints } from '../chosen-jobs.js';
import { checkJobQuery } from '../check-query.js';
import { connectToRead, noteNoWorkers } from '../connect.js';
import { exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { dryRunNote, type OrderOptions } from '../print-order.js';
import { csvRecord } from '../render/csv.js';
import { counted, grouped, memory } from '../render/numbers.js';
import { printable } from '../render/printable.js';
import { table } from '../render/table.js';

/** All conditions given must hold; of the values of one condition one must. */
export interface RetryOptions extends OrderOptions {
  label?: string[];
  reason?: FailReason[];
  exit?: number[];
  site?: string[];
  group?: string[];
  job?: string[];
  /** In the query language, beside the others. */
  query?: string;
  memory?: MemoryOrder;
}

const labelsShownMax = 15;

/** Runs failed jobs of an ended workflow again, and what was pruned only because of them. Returns when they may run. */
export async function retry(call: Call, selector: string, options: RetryOptions): Promise<ExitCode> {
  checkJobQuery(options.query);
  const connection = await connectToRead(call);
  try {
    const fingerprints = options.group && (await groupFingerprints(connection.client, selector, options.group));
    const answer = await connection.client.retry(selector, {
      ...requestOf(options),
      ...(fingerprints && { fingerprints }),
    });
    await print(call, answer);
    await call.terminal.out.flush();
    if (!answer.dryRun) noteNoWorkers(call, connection);
  } finally {
    await connection.release();
  }
  return exitCodes.ok;
}

const requestOf = ({ label, reason, exit, site, job, query, memory: size, dryRun }: RetryOptions): RetryRequest => ({
  ...(label && { labels: label }),
  ...(reason && { reasons: reason }),
  ...(exit && { exitCodes: exit }),
  ...(site && { sites: site }),
  ...(job && { jobs: job }),
  ...(query !== undefined && { query }),
  ...(size && { memory: size }),
  dryRun,
});

async function print({ globals, terminal: { out } }: Call, answer: RetryAnswer): Promise<void> {
  if (globals.output === 'json') return out.line(JSON.stringify(answer, null, 2));
  if (globals.output === 'ndjson') return out.line(JSON.stringify(answer));
  if (globals.output === 'id') return out.line(answer.workflow);
  if (globals.output === 'csv') return out.lines(csvLines(answer));
  await out.lines([sentence(answer), ...memoryLines(answer)]);
  if (!answer.dryRun)
    return out.line(`        ${answer.workflow} run ${answer.runNo}, follow: sluice watch ${answer.workflow}`);
  return out.lines(['', ...labelLines(answer), dryRunNote]);
}

function sentence({ dryRun, retried, unpruned, finishedAgain, failedAgain }: RetryAnswer): string {
  const others = failedAgain === 0 ? '' : `, runs ${counted(failedAgain, 'other failed job')} again`;
  return dryRun
    ? `would retry ${counted(retried, 'job')}, un-prune ${grouped(unpruned)}, touch ${counted(finishedAgain, 'finished job')}${others}`
    : `retrying ${counted(retried, 'job')}, un-prunes ${grouped(unpruned)}, touches ${counted(finishedAgain, 'finished job')}${others}`;
}

const sizesShownMax = 6;

/** What chosen jobs are allowed now; of many sizes the first. */
function memoryLines({ resized }: RetryAnswer): string[] {
  if (resized === undefined) return [];
  if (resized.length === 0) return ['        memory as before'];
  const rest = resized.length - sizesShownMax;
  const lines = resized.slice(0, sizesShownMax).map(({ label, jobs, fromMib, toMib }) => {
    return `        memory ${memory(fromMib)} -> ${memory(toMib)}  ${counted(jobs, 'job')} of ${printable(label)}`;
  });
  return rest > 0 ? [...lines, `        ... and ${rest} more sizes`] : lines;
}

type Touched = Omit<RetryAnswer['tasks'][number], 'label'>;

const columns = ['retried', 'unpruned', 'finishedAgain', 'failedAgain'] as const;
const titles = ['retried', 'un-pruned', 'finished', 'others'];

/** By label; labels that do not fit are summed in a row. */
function labelLines({ tasks }: RetryAnswer): string[] {
  const fits = tasks.length <= labelsShownMax;
  const shown = fits ? tasks : tasks.slice(0, labelsShownMax - 1);
  const rest = tasks.slice(shown.length);
  const others = fits ? [] : [{ label: `... and ${rest.length} more`, ...sumOf(rest) }];
  const rows = [...shown, ...others, { label: 'ALL', ...sumOf(tasks) }];
  const head = [
    { title: 'label', align: 'left' as const, widthMax: 36 },
    ...titles.map((title) => ({ title, align: 'right' as const })),
  ];
  return table(
    head,
    rows.map((row) => [row.label, ...columns.map((column) => grouped(row[column]))]),
  );
}

function sumOf(rows: readonly Touched[]): Touched {
  const sum: Touched = { retried: 0, unpruned: 0, finishedAgain: 0, failedAgain: 0 };
  for (const row of rows) for (const column of columns) sum[column] += row[column];
  return sum;
}

const csvLines = ({ workflow, tasks }: RetryAnswer): string[] => [
  csvRecord(['workflow', 'label', ...columns]),
  ...tasks.map((row) => csvRecord([workflow, row.label, ...columns.map((column) => row[column])])),
];
