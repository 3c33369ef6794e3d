import type { JobFilter } from '#contracts';
import type { ReadStore } from '../ports/read-store.js';

/** A filter that may name jobs as people do: by ordinal, name or `label/name`. */
export type NamedJobFilter = JobFilter & { jobs?: readonly string[] | undefined };

const ordinalShape = /^\d{1,9}$/;

/**
 * The filter with its names as ordinals, all jobs of a name; other conditions stand beside them.
 * @returns `missing`: a name that no job has.
 */
export async function filterOfNames(
  reads: Pick<ReadStore, 'jobsNamed'>,
  workflowNo: string,
  { jobs, ...conditions }: NamedJobFilter,
): Promise<{ filter: JobFilter } | { missing: string }> {
  if (!jobs) return { filter: conditions };
  const names = jobs.filter((text) => !ordinalShape.test(text));
  const found = names.length > 0 ? await reads.jobsNamed(workflowNo, names) : [];
  const missing = names.find((_, place) => (found[place] ?? []).length === 0);
  if (missing !== undefined) return { missing };
  const ordinals = new Set([...jobs.filter((text) => ordinalShape.test(text)).map(Number), ...found.flat()]);
  return { filter: { ...conditions, ordinals: both([...ordinals], conditions.ordinals) } };
}

function both(some: number[], others: readonly number[] | undefined): number[] {
  if (!others) return some;
  const kept = new Set(others);
  return some.filter((ordinal) => kept.has(ordinal));
}
