import type { BatchRecord, ReportCount } from '../ports/settle-store.js';

/**
 * Counts the ends that were not plain, by session; plain ones make no count.
 * @param lateBatches for each late end the position of its batch.
 */
export function countReports(records: readonly BatchRecord[], lateBatches: readonly number[]): ReportCount[] {
  const counts = new Map<string, ReportCount>();
  const add = (session: string, more: Partial<Omit<ReportCount, 'session'>>): void => {
    const { late = 0, duplicate = 0, stale = 0 } = more;
    if (late + duplicate + stale === 0) return;
    const count = counts.get(session) ?? { session, late: 0, duplicate: 0, stale: 0 };
    counts.set(session, count);
    count.late += late;
    count.duplicate += duplicate;
    count.stale += stale;
  };
  for (const { session, duplicate, stale } of records) {
    add(session, { duplicate: duplicate.length, stale: stale.length });
  }
  for (const batch of lateBatches) {
    const record = records[batch];
    if (record) add(record.session, { late: 1 });
  }
  return [...counts.values()];
}
