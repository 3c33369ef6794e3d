import type { TransitionStore } from '../ports/transition-store.js';
import type { OrderPorts } from './order-ports.js';
import { requestCancel } from './request-cancel.js';

/** Rounds of one call, so that it ends: what is left, the next one finds. */
const roundsMax = 100;

/**
 * Asks for the end of workflows that are over the time their policy gives them.
 * @param partitions that the caller owns
 * @returns how many, and seconds until the next one is over its time (null: none has one)
 */
export async function endOverdue(
  ports: OrderPorts & { transitions: Pick<TransitionStore, 'overdue'> },
  partitions: readonly number[],
): Promise<{ ended: number; nextSec: number | null }> {
  let ended = 0;
  for (let round = 1; ; round += 1) {
    const { workflowNos, nextSec } = await ports.transitions.overdue(partitions);
    for (const workflowNo of workflowNos) {
      const outcome = await requestCancel(ports, workflowNo, { dryRun: false, cause: 'timeout' });
      if (outcome?.changed) ended += 1;
    }
    if (workflowNos.length === 0 || round === roundsMax) return { ended, nextSec };
  }
}
