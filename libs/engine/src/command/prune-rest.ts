import type { Command, TransitionStore } from '../ports/transition-store.js';
import { closeTransition } from '../settle/close-transition.js';
import { EndedLedger } from '../settle/ended-ledger.js';
import { releaseChildren } from '../settle/release-children.js';

/** Failed jobs below which one step prunes. */
const rootsMax = 5_000;

/** Prunes what one transaction left over, in steps. @see S4 in settle-batches.ts @returns classes that got ready jobs. */
export async function pruneRest(store: TransitionStore, command: Command): Promise<number[]> {
  const classes = new Set<number>();
  for (let open = true; open;) {
    open = await store.step(command.partition, async (tx) => {
      const roots = await tx.pruneLeft(command.workflowNo, rootsMax);
      const ledger = new EndedLedger();
      const wave = roots.map((ordinal) => ({ workflowNo: command.workflowNo, ordinal, code: 0 as const }));
      for (const classId of await releaseChildren(tx, ledger, wave)) classes.add(classId);
      for (const classId of await closeTransition(tx, command.partition, ledger, [])) classes.add(classId);
      if (roots.length === 0) await tx.finish(command.id, {});
      return roots.length > 0;
    });
  }
  return [...classes];
}
