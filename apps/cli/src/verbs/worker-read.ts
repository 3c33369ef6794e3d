import type { WorkerState, WorkerView } from '#contracts';
import type { ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { onSites } from '../on-sites.js';
import { printAnswer } from '../print-answer.js';
import { printList } from '../print-list.js';
import type { Cell } from '../render/csv.js';
import { clock, grouped } from '../render/numbers.js';
import { workerLines } from '../render/site-text.js';
import { memoryText } from '../render/sizes.js';
import { table } from '../render/table.js';

export interface WorkerLsOptions {
  site?: string[];
  state?: WorkerState[];
  limit?: number;
}

const tableRowsMax = 20;

const head = [
  ...['session', 'site', 'worker', 'state', 'cores', 'memoryMib', 'gpus', 'diskMib', 'leased', 'walltimeLeftSec'],
  ...['silentSec', 'registeredAt', 'endedAt', 'ordered', 'note'],
] as const;
const cellsOf = (worker: WorkerView): Cell[] => head.map((column) => worker[column as 'session']);

/** Lists workers in the order in which they registered. */
export function workerLs(call: Call, { site, state, limit }: WorkerLsOptions): Promise<ExitCode> {
  return onSites(call, async (sites) => {
    const all = sites.workers({ sites: site, states: state });
    const format = call.globals.output;
    if (format === 'table') return printTable(call, all, limit ?? tableRowsMax);
    const shape = { format, head, cellsOf, idOf: ({ session }: WorkerView) => session };
    await printList(call, shape, all, limit ?? Infinity);
    await call.terminal.out.flush();
  });
}

async function printTable(
  { terminal: { out, note } }: Call,
  all: AsyncIterable<WorkerView>,
  rowsMax: number,
): Promise<void> {
  const shown: WorkerView[] = [];
  let isMore = false;
  for await (const worker of all) {
    isMore = shown.length >= rowsMax;
    if (isMore) break;
    shown.push(worker);
  }
  if (shown.length === 0) return note('no such worker is there: `sluice worker` starts one');
  await out.lines(
    table(
      [
        { title: 'session', align: 'right' },
        { title: 'site', align: 'left', widthMax: 12 },
        { title: 'worker', align: 'left', widthMax: 20 },
        { title: 'state', align: 'left' },
        ...(['cores', 'memory', 'run', 'left'] as const).map((title) => ({ title, align: 'right' as const })),
      ],
      shown.map((worker) => [
        ...[worker.session, worker.site, worker.worker, worker.state, grouped(worker.cores)],
        ...[memoryText(worker.memoryMib), grouped(worker.leased)],
        worker.walltimeLeftSec === null ? '' : clock(worker.walltimeLeftSec),
      ]),
    ),
  );
  if (isMore) note('... and more: --limit N, or -o ndjson for all');
  await out.flush();
}

/** All of one worker. */
export function workerShow(call: Call, session: string): Promise<ExitCode> {
  return onSites(call, async (sites) => {
    const worker = await sites.worker(session);
    await printAnswer(call, worker, { lines: workerLines(worker), ids: [session], head, rows: [cellsOf(worker)] });
  });
}
