import { workflowEnds, type ArchiveAnswer } from '#contracts';
import type { ArchiveStanding, KeepStore } from '../ports/keep-store.js';
import type { WorkflowRef } from '../ports/read-store.js';

/** `no-document`: it was submitted before documents were kept, and stays for good. */
export type ArchiveOrdered =
  | { kind: 'ordered'; answer: ArchiveAnswer }
  | { kind: 'open'; state: ArchiveStanding['state'] }
  | { kind: 'no-document' }
  | { kind: 'unknown' };

/**
 * Orders that an ended workflow be archived, however young it is. The owner of its partition does it; a retry that comes
 * first undoes the order. Safe to repeat.
 */
export async function orderArchive(
  keeps: Pick<KeepStore, 'standing' | 'order'>,
  { workflowNo, id }: WorkflowRef,
  { dryRun }: { dryRun: boolean },
): Promise<ArchiveOrdered> {
  const standing = await keeps.standing(workflowNo);
  if (standing === null) return { kind: 'unknown' };
  const { state, jobs, archived } = standing;
  if (!workflowEnds.includes(state)) return { kind: 'open', state };
  if (!standing.hasDocument && archived === null) return { kind: 'no-document' };
  const isNew = archived === null && !standing.ordered;
  const changed = isNew && (dryRun || (await keeps.order(workflowNo)));
  return { kind: 'ordered', answer: { workflow: id, state, dryRun, changed, jobs, archived } };
}
