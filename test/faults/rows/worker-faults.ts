import type { FaultPoint } from '#faultpoint';
import type { FaultRow } from '../fault-row.js';
import type { Trial } from '../trial.js';
import { nearby, shortTerms } from './lost-workers.js';

export interface WorkerFault {
  id: string;
  title: string;
  inCi?: boolean;
  point: FaultPoint;
  /** Of the hits of the point: which one, drawn from these. */
  nth: { from: number; to: number };
  /** A new process starts in its folder. Default: its jobs are given up after the orphan term. */
  comesBack?: boolean;
}

/** A row in which a worker is killed at a point of its own, beside one that goes on. */
export function workerFault(fault: WorkerFault): FaultRow {
  const { id, title, inCi = false, point } = fault;
  return { id, title, inCi, points: [point], run: (trial) => killWorker(trial, fault) };
}

async function killWorker(trial: Trial, { point, nth, comesBack = false }: WorkerFault): Promise<void> {
  await trial.start();
  await shortTerms(trial);
  const fault = `${point}:${trial.random.between(nth.from, nth.to)}:kill`;
  const victim = await trial.startWorker('victim', { flags: nearby, fault });
  await trial.startWorker('other');
  await trial.stack.explained(async () => {
    await trial.loadUntilFault(point);
    await victim.ended();
    if (comesBack) await trial.startWorker('victim', { flags: nearby });
    await trial.drain();
  });
}
