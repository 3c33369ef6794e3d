import type { FaultPoint } from '#faultpoint';
import { type FaultRow, stillSecMax } from '../fault-row.js';
import type { Trial, TrialShape } from '../trial.js';

export interface StoppedService {
  id: string;
  title: string;
  inCi?: boolean;
  point: FaultPoint;
  service: string;
  shape: TrialShape;
}

/** A row in which one of two services stands still at a point of its own; its fellow goes on, and it wakes to old news. */
export function stoppedService({ id, title, inCi = false, point, service, shape }: StoppedService): FaultRow {
  const run = (trial: Trial): Promise<void> => stopUnderLoad(trial, { point, service, shape });
  return { id, title, inCi, points: [point], transactionSecMax: stillSecMax, run };
}

async function stopUnderLoad(
  trial: Trial,
  { point, service, shape }: Pick<StoppedService, 'point' | 'service' | 'shape'>,
): Promise<void> {
  await trial.start({ ...shape, faults: { [service]: `${point}:${trial.random.between(1, 3)}:stop` } });
  await Promise.all(['one', 'two'].map((name) => trial.startWorker(name)));
  await trial.stack.explained(async () => {
    const { pid, atMs } = await trial.loadUntilFault(point);
    await trial.drain(); // its fellow alone
    trial.figures.set('quiet without it after s', (Date.now() - atMs) / 1_000);
    process.kill(pid, 'SIGCONT');
    await trial.load.run({ workflows: 4 });
    await trial.drain();
    if (trial.stack.service(service).starts > 1) throw new Error(`${service} did not survive that it was stopped`);
  });
}
