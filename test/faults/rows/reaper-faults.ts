import type { FaultPoint } from '#faultpoint';
import { until } from '#test-kit';
import type { FaultRow } from '../fault-row.js';
import type { Trial } from '../trial.js';
import { plainDocument } from '../trial-document.js';
import { nearby, shortTerms } from './lost-workers.js';

export interface ReaperFault {
  id: string;
  title: string;
  inCi?: boolean;
  point: FaultPoint;
}

/** A row in which the broker that gives up a lost worker dies over it. */
export function reaperFault({ id, title, inCi = false, point }: ReaperFault): FaultRow {
  return { id, title, inCi, points: [point], run: (trial) => killReaper(trial, point) };
}

/** Either broker may find the worker silent: the first that does dies. */
async function killReaper(trial: Trial, point: FaultPoint): Promise<void> {
  const fault = `${point}:1:kill`;
  await trial.start({ brokers: 2, faults: { 'broker-1': fault, 'broker-2': fault } });
  await shortTerms(trial);
  const client = trial.stack.client();
  await client.limits.set({ kind: 'named', name: 'scarce' }, { capJobs: 6 });
  await client.close();
  const sleeper = await trial.startWorker('sleeper', { flags: nearby });
  await trial.stack.explained(async () => {
    const nap = { transform: 'simulate', params: { runtimeSec: 0.5 }, resources: { cores: 1, memoryMib: 1 } };
    const limited = { ...nap, limits: ['scarce'], retry: { infraRetries: 100 } };
    const acked = await trial.load.submit(plainDocument('limited', 40, limited));
    await until('it works', 30_000, async () => (await trial.stack.finished(acked.id)) > 2);
    process.kill(sleeper.pid, 'SIGSTOP');
    await trial.startWorker('other');
    await trial.load.run({ workflows: 3 });
    await trial.faultAt(point);
    await trial.drain();
    process.kill(sleeper.pid, 'SIGCONT');
    await until('it is heard again', 60_000, () => sleeper.log.split('session.registered').length > 2);
    await trial.drain();
  });
}
