import type { KeepStore, PrunedRows } from '../ports/keep-store.js';

const stepRows = 5_000;
/** Steps of one call, so that it ends: what is left, the next call goes on with. */
const stepsMax = 1_000;

/** Forgets orders that have been on record for longer than the policy says, in short steps. @returns how many */
export async function pruneAudit(keeps: KeepStore, days: number): Promise<number> {
  let pruned = 0;
  for (let step = 0; step < stepsMax; step += 1) {
    const rows = await keeps.pruneAudit({ days, rows: stepRows });
    if (rows === 0) break;
    pruned += rows;
  }
  return pruned;
}

/** Removes rows that nobody asks for after so many days, in short steps. @returns how many of each were removed */
export async function pruneRows(keeps: KeepStore, days: number): Promise<Record<PrunedRows, number>> {
  const pruned = { events: 0, batches: 0, leases: 0, inHand: 0, answers: 0, limits: 0 };
  for (const what of ['events', 'batches', 'leases', 'inHand', 'answers', 'limits'] as const) {
    for (let step = 0; step < stepsMax; step += 1) {
      const rows = await keeps.prune(what, { days, rows: stepRows });
      if (rows === 0) break;
      pruned[what] += rows;
    }
  }
  return pruned;
}
