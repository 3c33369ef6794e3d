import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultRow } from '../fault-row.js';
import type { Trial } from '../trial.js';

const services = ['gateway', 'transformer', 'broker'].flatMap((app) => [`${app}-1`, `${app}-2`]);
/** Promised: 10 s. */
const drainSecMax = 10;
/** Something is always under way, and little of it: it is not the load that is tried. */
const trickle = { workflows: 1, jobsMax: 20 };
const pauseMs = 500;

export const g7: FaultRow = {
  id: 'G7',
  title: 'every service is ended in order and started again, one after the other',
  inCi: true,
  run,
};

async function run(trial: Trial): Promise<void> {
  await trial.start({ gateways: 2, transformers: 2, brokers: 2 });
  await Promise.all([0, 1].map((gateway) => trial.startWorker(`worker-${gateway}`, { gateway })));
  await trial.stack.explained(async () => {
    let isOver = false;
    const loading = (async () => {
      while (!isOver) await trial.load.run(trickle).then(() => sleep(pauseMs));
    })();
    let longestSec = 0;
    for (const name of services) longestSec = Math.max(longestSec, await restart(trial, name));
    trial.figures.set('longest drain s', longestSec);
    isOver = true;
    await loading;
    await trial.drain();
    if (trial.load.triedAgain > 0)
      throw new Error(`${trial.load.triedAgain} calls failed in spite of the client's own tries`);
  });
}

/** @returns seconds from SIGTERM to its end */
async function restart(trial: Trial, name: string): Promise<number> {
  const service = trial.stack.service(name);
  const startedMs = performance.now();
  const code = await service.stop();
  const sec = (performance.now() - startedMs) / 1_000;
  if (code !== 0) throw new Error(`${name} ended with ${String(code)}`);
  if (sec > drainSecMax) throw new Error(`${name} took ${sec.toFixed(1)} s to end`);
  await service.startAgain();
  return sec;
}
