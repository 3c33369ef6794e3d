import type { EndedJob, Released, SettleTransaction } from '../ports/settle-store.js';
import type { EndedLedger } from './ended-ledger.js';
import { reasonCode } from '#core';

/** Most descendants pruned in one transaction; what is left is pruned by a command of its own. @see S4 in settle-batches.ts */
export const pruneJobsMax = 200_000;

/**
 * Frees or prunes what waited for jobs that ended, and goes on through barriers until none is newly ready.
 * @returns classes that got ready jobs.
 */
export async function releaseChildren(
  tx: SettleTransaction,
  ledger: EndedLedger,
  ended: EndedJob[],
): Promise<Set<number>> {
  const classes = new Set<number>();
  for (let wave = ended; wave.length > 0;) {
    const released = await tx.release(wave);
    const barriers: { workflowNo: string; ordinal: number }[] = [];
    const cutShort = new Set<string>();
    for (const group of released) {
      ledger.leftWaiting(group, group.jobs);
      if (group.what === 'ready') classes.add(group.classId);
      else if (group.what === 'pruned') notePruned(ledger, group);
      else for (const ordinal of group.ordinals) barriers.push({ workflowNo: group.workflowNo, ordinal });
      if (group.what === 'pruned' && prunedInAll(released) >= pruneJobsMax) cutShort.add(group.workflowNo);
    }
    for (const workflowNo of cutShort) await tx.addCommand(workflowNo, 'prune', {});
    wave = barriers.length > 0 ? await finishBarriers(tx, ledger, barriers) : [];
  }
  return classes;
}

function notePruned(ledger: EndedLedger, group: Released): void {
  for (const ordinal of group.ordinals) ledger.failed(group, ordinal, reasonCode.parent_failed);
}

function prunedInAll(released: Released[]): number {
  return released.reduce((sum, group) => sum + (group.what === 'pruned' ? group.jobs : 0), 0);
}

/** Barriers end where they stand. @returns them as ended jobs: the next wave. */
export async function finishBarriers(
  tx: SettleTransaction,
  ledger: EndedLedger,
  barriers: { workflowNo: string; ordinal: number }[],
): Promise<EndedJob[]> {
  const finished = await tx.finishBarriers(barriers);
  for (const barrier of finished) ledger.finished(barrier, barrier.ordinal, null);
  return finished.map(({ workflowNo, ordinal }) => ({ workflowNo, ordinal, code: 3 }));
}
