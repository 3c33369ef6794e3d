import type { CheckScope, VerifyRange, VerifyStore } from '../ports/verify-store.js';

/** Past the last ordinal that a job may have. */
const ordinalsEnd = 2_147_483_647;

/** Jobs that one statement looks at: well under a second. */
export const stepJobsMax = 200_000;
const planRowsMax = 10_000;

/** What a check of each scope reads, step by step. */
export type VerifySteps = Record<CheckScope, readonly VerifyRange[]>;

/** Everything there is, in one step: for databases of tests. */
export const everything: VerifyRange = {
  workflowFrom: '0',
  workflowTo: '9223372036854775807',
  jobsFrom: 0,
  jobsTo: ordinalsEnd,
};

/**
 * Divides what is to be verified into steps: small workflows together, large ones by ordinals where a check can do so.
 * Workflows that are sealed afterwards may be in it or not.
 * @param only one workflow, by number; null: all. What is of no workflow is verified with all only.
 */
export async function planSteps(store: VerifyStore, only: string | null): Promise<VerifySteps> {
  const groups: Group[] = [];
  for (let after = '0', more = true; more;) {
    const page = await store.plan(after, planRowsMax, only);
    for (const { workflowNo, jobs } of page) {
      const last = groups.at(-1);
      if (last && last.jobs + jobs <= stepJobsMax) Object.assign(last, { to: workflowNo, jobs: last.jobs + jobs });
      else groups.push({ from: workflowNo, to: workflowNo, jobs });
    }
    after = page.at(-1)?.workflowNo ?? after;
    more = only === null && page.length === planRowsMax;
  }
  const once = only === null ? [everything] : [];
  return { jobs: groups.flatMap(partsOf), workflows: groups.map(rangeOf), once };
}

/** Workflows one after the other, by number, and their jobs. */
interface Group {
  from: string;
  to: string;
  jobs: number;
}

const rangeOf = ({ from, to }: Group): VerifyRange => ({ ...everything, workflowFrom: from, workflowTo: to });

/** Several workflows are never more than one step. */
function partsOf(group: Group): VerifyRange[] {
  const parts = Math.max(1, Math.ceil(group.jobs / stepJobsMax));
  return Array.from({ length: parts }, (_, part) => ({
    ...rangeOf(group),
    jobsFrom: part * stepJobsMax,
    jobsTo: part === parts - 1 ? ordinalsEnd : (part + 1) * stepJobsMax,
  }));
}

/** Two halves of a step that took too long; null: it is as small as it gets. */
export function halves(scope: CheckScope, range: VerifyRange): [VerifyRange, VerifyRange] | null {
  const [from, to] = [BigInt(range.workflowFrom), BigInt(range.workflowTo)];
  if (scope === 'once') return null;
  if (from < to) {
    const middle = (from + to) / 2n;
    return [
      { ...range, workflowTo: String(middle) },
      { ...range, workflowFrom: String(middle + 1n) },
    ];
  }
  const middle = Math.floor((range.jobsFrom + Math.min(range.jobsTo, range.jobsFrom + 2 * stepJobsMax)) / 2);
  if (scope === 'workflows' || middle - range.jobsFrom < stepJobsMin) return null;
  return [
    { ...range, jobsTo: middle },
    { ...range, jobsFrom: middle },
  ];
}

/** A step of so few jobs that is too slow still is so for another reason. */
const stepJobsMin = 5_000;
