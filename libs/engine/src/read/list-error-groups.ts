import type { ErrorGroup, ErrorGroups } from '#contracts';
import { errorMessage } from '#core';
import type { FailureStore, GroupRow } from '../ports/failure-store.js';
import type { JobSelection } from '../ports/read-store.js';

/** `e1`, `e2` ...: what people call an error group of one workflow at one moment. */
export const groupName = (no: number): string => `e${no}`;

/** Failed jobs in groups of those that failed alike, most first. */
export async function listErrorGroups(
  store: FailureStore,
  selection: JobSelection & { groupsMax: number },
): Promise<ErrorGroups> {
  const found = await store.groups(selection);
  return { ...found, groups: found.groups.map(shownGroup) };
}

function shownGroup({ no, ...group }: GroupRow): ErrorGroup {
  const message = errorMessage({ reason: group.reason, message: group.sample.message });
  return { name: groupName(no), ...group, message };
}
