import type { ErrorGroup, ErrorGroups } from '#contracts';
import { errorMessage } from '#core';
import type { FailureStore, GroupPlace, GroupRow } from '../ports/failure-store.js';
import type { JobSelection } from '../ports/read-store.js';

/** `e1`, `e2` ...: what people call an error group of one workflow at one moment. */
export const groupName = (no: number): string => `e${no}`;

/**
 * Failed jobs in groups of those that failed alike, most first.
 * @returns `last`: where the next page begins; null: this is the last
 */
export async function listErrorGroups(
  store: FailureStore,
  selection: JobSelection & { groupsMax: number; after?: GroupPlace | null },
): Promise<{ found: ErrorGroups; last: GroupPlace | null }> {
  const found = await store.groups(selection);
  const last = found.groups.length < selection.groupsMax ? undefined : found.groups.at(-1);
  return { found: { ...found, groups: found.groups.map(shownGroup) }, last: last ?? null };
}

function shownGroup(row: GroupRow): ErrorGroup {
  const { no, fingerprint, jobs, label, reason, exitCode, signal, sites, sample, firstAt, lastAt } = row;
  const message = errorMessage({ reason, message: sample.message });
  const how = { label, reason, exitCode, signal };
  return { name: groupName(no), fingerprint, jobs, ...how, sites, message, sample, firstAt, lastAt };
}
