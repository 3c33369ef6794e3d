import type { FaultPoint } from '#faultpoint';
import type { FaultRow } from '../fault-row.js';
import type { LoadShape } from '../load.js';
import type { Trial, TrialShape } from '../trial.js';

export interface ServiceFault {
  id: string;
  title: string;
  inCi?: boolean;
  point: FaultPoint;
  /** The process that fails: `transformer-1`. */
  service: string;
  /** Of the hits of the point: which one, drawn from so many. */
  nthMax?: number;
  shape: TrialShape;
  load?: LoadShape;
  /** It does not come back: its fellow has to do. Default: it is started again, as by an orchestrator. */
  staysDead?: boolean;
  /** What must hold besides the invariants, when all is quiet. */
  expected?: (trial: Trial) => Promise<void>;
}

/** A row in which one service is killed at a point of its own, under load. */
export function serviceFault(fault: ServiceFault): FaultRow {
  const { id, title, inCi = false, point } = fault;
  return { id, title, inCi, points: [point], run: (trial) => killUnderLoad(trial, fault) };
}

async function killUnderLoad(trial: Trial, fault: ServiceFault): Promise<void> {
  const { point, service, nthMax = 3, shape, load, staysDead = false, expected } = fault;
  await trial.start({ ...shape, faults: { [service]: `${point}:${trial.random.between(1, nthMax)}:kill` } });
  if (staysDead) trial.stack.service(service).leaveDead();
  await Promise.all(['one', 'two'].map((name) => trial.startWorker(name)));
  await trial.stack.explained(async () => {
    const line = await trial.loadUntilFault(point, load);
    await trial.drain();
    await trial.noteRecovery(line);
    await expected?.(trial);
  });
}
