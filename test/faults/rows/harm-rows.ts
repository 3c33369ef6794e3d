import { TrialLine, until } from '#test-kit';
import { noDeadLetters } from '../expectations.js';
import type { FaultRow } from '../fault-row.js';
import type { LoadShape } from '../load.js';
import { plainDocument } from '../trial-document.js';
import type { Trial, TrialShape, WorkerShape } from '../trial.js';

/** What lies between the services and their servers. */
export interface Lines {
  postgres: TrialLine;
  nats: TrialLine;
}

export interface Harm {
  id: string;
  title: string;
  inCi?: boolean;
  shape?: TrialShape;
  /** Default: two as they are. */
  workers?: (trial: Trial) => Promise<readonly WorkerShape[]>;
  load?: LoadShape;
  /** Done while the load is under way; when it resolves, all that was broken is whole again. */
  harm: (trial: Trial, lines: Lines) => Promise<void>;
  /** What must hold besides the invariants, when all is quiet. */
  expected?: (trial: Trial, lines: Lines) => Promise<void> | void;
  /** Messages that nobody can apply are part of the harm. */
  poisons?: boolean;
  /** @see FaultRow */
  transactionSecMax?: number;
}

/** Longest until work goes on on a busy machine; the figure itself is printed. */
const againSecMax = 60;
const servicesOf = { gateways: 1, transformers: 1, brokers: 1 };

/** A row in which something around the services is broken and mended under load. */
export function harmRow(harm: Harm): FaultRow {
  const { id, title, inCi = false, transactionSecMax } = harm;
  return { id, title, inCi, transactionSecMax, run: (trial) => harmUnderLoad(trial, harm) };
}

async function harmUnderLoad(trial: Trial, row: Harm): Promise<void> {
  const lines = await startBehindLines(trial, row.shape);
  const workers = (await row.workers?.(trial)) ?? [{}, {}];
  for (const [no, shape] of workers.entries()) await trial.startWorker(`worker-${no + 1}`, shape);
  await trial.stack.explained(async () => {
    await Promise.all([trial.load.run(row.load), breakAndMend(trial, row, lines)]);
    await trial.drain();
    if (!row.poisons) await noDeadLetters(trial);
    await row.expected?.(trial, lines);
  });
}

/** On a line that nobody breaks it is as without. */
async function startBehindLines(trial: Trial, { through, ...shape }: TrialShape = {}): Promise<Lines> {
  let lines: Lines | null = null;
  await trial.start({
    ...servicesOf,
    ...shape,
    through: async (servers) => {
      const reached = (await through?.(servers)) ?? servers;
      lines = { postgres: await TrialLine.start(reached.postgres), nats: await TrialLine.start(reached.nats) };
      for (const line of Object.values(lines) as TrialLine[]) trial.onEnd(() => line.stop());
      return { postgres: lines.postgres.url, nats: lines.nats.url };
    },
  });
  if (!lines) throw new Error('a stack that asked for no servers');
  return lines;
}

async function breakAndMend(trial: Trial, { harm }: Harm, lines: Lines): Promise<void> {
  await until('work is under way', 60_000, async () => (await attemptsEnded(trial)) > 3);
  await harm(trial, lines);
  const mendedMs = performance.now();
  const { id } = await trial.load.submit(plainDocument('afterwards', 12, 'quick'));
  await until('work goes on', againSecMax * 1_000, () => hasEnded(trial, id).catch(() => false));
  trial.figures.set('works again after s', (performance.now() - mendedMs) / 1_000);
}

async function attemptsEnded({ stack }: Trial): Promise<number> {
  const [row] = await stack.rows<{ count: number }>('select count(*)::int as count from attempt');
  return row?.count ?? 0;
}

async function hasEnded({ stack }: Trial, id: string): Promise<boolean> {
  const rows = await stack.rows('select from workflow where public_id = $1 and ended_at is not null', [id]);
  return rows.length === 1;
}
