import type { FaultRow } from '../fault-row.js';
import type { Trial } from '../trial.js';

export interface Replicas {
  id: string;
  /** Of each service. */
  count: number;
  inCi: boolean;
}

/** A row in which nothing fails but there is more than one of everything: no effect is doubled, the work is split. */
export const replicas = ({ id, count, inCi }: Replicas): FaultRow => ({
  id,
  title: `${count} of every service, relay and reaper included`,
  inCi,
  run: (trial) => run(trial, count),
});

async function run(trial: Trial, count: number): Promise<void> {
  await trial.start({ gateways: count, transformers: count, brokers: count });
  await Promise.all(Array.from({ length: count }, (_, gateway) => trial.startWorker(`worker-${gateway}`, { gateway })));
  await trial.stack.explained(async () => {
    await trial.load.run({ workflows: 16 });
    await trial.drain();
    for (let no = 1; no <= count; no += 1) {
      const { log } = trial.stack.service(`transformer-${no}`);
      if (!log.includes('partitions gained')) throw new Error(`transformer-${no} was given no partition`);
    }
  });
}
