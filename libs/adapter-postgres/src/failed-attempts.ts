import type { AttemptPolicy, FailedTask } from '#engine';

/** A row of settle_read_attempts.sql: what a task and class say stands in one row of them. */
export type FailedRow = [
  ...[no: string, task: number, tries: number, infra: number, classId: number, own: boolean, site: string | null],
  ...[retries: number | null, infraRetries: number, retry: string, resources: string, label: string],
  ...[classKey: string, memoryMib: number],
];

/** @returns policies by position in `workflowNos`, from 0. */
export function attemptPolicies(
  rows: readonly FailedRow[],
  workflowNos: readonly string[],
): Map<number, AttemptPolicy> {
  const keyOf = ([no, task, , , classId]: FailedRow): string =>
    `${workflowNos[Number(no) - 1] ?? ''}:${task}:${classId}`;
  const tasks = new Map(rows.flatMap((row) => factsOf(row).map((facts) => [keyOf(row), facts] as const)));
  return new Map(
    rows.flatMap((row) => {
      const [no, , tries, infra, , own, site] = row;
      const of = tasks.get(keyOf(row));
      return of ? [[Number(no) - 1, { tries, infra, own, site, of }] as const] : [];
    }),
  );
}

function factsOf([, , , , classId, , , ...facts]: FailedRow): FailedTask[] {
  const [retries, infraRetries, retry, resources, label, classKey, memoryMib] = facts;
  if (retries === null) return [];
  return [{ classId, classKey, memoryMib, retries, infraRetries, retry, resources, label }];
}
