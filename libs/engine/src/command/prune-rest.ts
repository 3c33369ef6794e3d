import type { EndedJob } from '../ports/settle-store.js';
import type { Command, TransitionStore, TransitionTransaction } from '../ports/transition-store.js';
import { closeTransition } from '../settle/close-transition.js';
import { EndedLedger } from '../settle/ended-ledger.js';
import { finishBarriers, releaseChildren } from '../settle/release-children.js';

/** Failed jobs below which one step prunes. */
const rootsMax = 5_000;

/**
 * Prunes what one transaction left over and finishes the barriers it did not reach, in steps.
 * @see S4 in settle-batches.ts
 * @returns classes that got ready jobs.
 */
export async function pruneRest(store: TransitionStore, command: Command): Promise<number[]> {
  const classes = new Set<number>();
  for (let open = true; open;) {
    open = await store.step(command.partition, async (tx) => {
      const ledger = new EndedLedger();
      const wave = await restOf(tx, ledger, command.workflowNo);
      for (const classId of (await releaseChildren(tx, ledger, wave)).classes) classes.add(classId);
      for (const classId of await closeTransition(tx, command.partition, ledger, [])) classes.add(classId);
      if (wave.length === 0) await tx.finish(command.id, {});
      return wave.length > 0;
    });
  }
  return [...classes];
}

async function restOf(tx: TransitionTransaction, ledger: EndedLedger, workflowNo: string): Promise<EndedJob[]> {
  const barriers = (await tx.openBarriers(workflowNo)).map((ordinal) => ({ workflowNo, ordinal }));
  const finished = barriers.length > 0 ? await finishBarriers(tx, ledger, barriers) : [];
  return [...finished, ...(await rootsToPrune(tx, workflowNo))];
}

/** Failed jobs below which something still waits that can't run any more. */
export async function rootsToPrune(tx: TransitionTransaction, workflowNo: string): Promise<EndedJob[]> {
  const roots = await tx.pruneLeft(workflowNo, rootsMax);
  return roots.map((ordinal) => ({ workflowNo, ordinal, code: 0 }));
}
