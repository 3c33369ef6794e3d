/**
 * Verifies the books of a live system. Owns what is asked in which steps and when to stop; what breaks an invariant is
 * said by the statements of sql/queries/verify.
 * V1: each step is one statement: one moment, no lock, and never longer than a transaction may be.
 * V2: a row is only ever named for what it was at one moment: steps of different moments are never held against each other.
 */
import type { BrokenRow, NamedBrokenRow, VerifyRange, VerifyStore } from '../ports/verify-store.js';
import { invariants, type Check, type Invariant } from './invariants.js';
import { halves, planSteps, type VerifySteps } from './verify-steps.js';

/** Broken rows that are counted of one invariant: there may be more. */
export const brokenRowsMax = 1_000;
/** Broken rows that are named. */
export const namedRowsMax = 20;

/**
 * `unknown`: some of it took too long to be judged. `elsewhere`: only the test suite can tell. `whole`: it is of no single
 * workflow.
 */
export type Verdict = 'ok' | 'broken' | 'unknown' | 'elsewhere' | 'whole';

export interface Verified {
  invariant: Invariant;
  verdict: Verdict;
  /** Rows that break it; brokenRowsMax: so many or more. */
  broken: number;
  /** The first of them. */
  rows: NamedBrokenRow[];
  /** Statements that it took. */
  steps: number;
}

/**
 * Verifies one invariant after the other.
 * @param only one workflow, by number; null: everything. Checks of what is of no workflow are left out with one.
 * @throws StoreUnavailable (retry: yes)
 */
export async function* verifyBooks(store: VerifyStore, only: string | null): AsyncGenerator<Verified> {
  const steps = await planSteps(store, only);
  for (const invariant of invariants) {
    const unjudged = { invariant, broken: 0, rows: [], steps: 0 };
    if (invariant.checks.length === 0) yield { ...unjudged, verdict: 'elsewhere' };
    else if (only !== null && invariant.checks.every(({ scope }) => scope === 'once'))
      yield { ...unjudged, verdict: 'whole' };
    else yield await verifyOne(store, invariant, steps);
  }
}

async function verifyOne(store: VerifyStore, invariant: Invariant, all: VerifySteps): Promise<Verified> {
  const broken: BrokenRow[] = [];
  let steps = 0;
  let slow = false;
  for (const { check, range } of worksOf(invariant.checks, all)) {
    const open = [range];
    for (let part = open.pop(); part && broken.length < brokenRowsMax; part = open.pop()) {
      steps += 1;
      const rows = await store.check(check.name, check.scope, part, brokenRowsMax - broken.length);
      if (rows !== 'too-slow') broken.push(...rows);
      else {
        const smaller = halves(check.scope, part);
        slow ||= smaller === null;
        open.push(...(smaller ?? []));
      }
    }
  }
  const rows = broken.length > 0 ? await store.name(broken.slice(0, namedRowsMax)) : [];
  const verdict = broken.length > 0 ? 'broken' : slow ? 'unknown' : 'ok';
  return { invariant, verdict, broken: broken.length, rows, steps };
}

const worksOf = (checks: readonly Check[], steps: VerifySteps): { check: Check; range: VerifyRange }[] =>
  checks.flatMap((check) => steps[check.scope].map((range) => ({ check, range })));
