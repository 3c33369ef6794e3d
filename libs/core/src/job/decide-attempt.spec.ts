import { expect, test } from '@jest/globals';
import {
  decideAttempt,
  type AttemptDecision,
  type BudgetUsed,
  type FailedAttempt,
  type MemoryPolicy,
  type RetryPolicy,
} from './decide-attempt.js';

type Policy = RetryPolicy & { memory: MemoryPolicy };

const fixed: MemoryPolicy = { askedMib: 1_000, growth: null, maxMib: null };

const policy = (over: Partial<Policy> = {}): Policy => ({
  retries: 1,
  infraRetries: 2,
  rules: [],
  backoffSec: 0,
  memory: fixed,
  ...over,
});

const attempt = (over: Partial<FailedAttempt> = {}): FailedAttempt => ({
  name: '17:3#1',
  reason: 'error',
  exitCode: 1,
  signal: null,
  message: null,
  allowedMib: 1_000,
  peakMib: null,
  ...over,
});

const unused = { tries: 0, infra: 0 };

test.each(['lost', 'evicted', 'site'] as const)(
  '%s is charged to the infra budget, not to the payload (D1)',
  (reason) => {
    const used = { tries: 1, infra: 0 };
    expect(decideAttempt(attempt({ reason }), policy(), used)).toMatchObject({ then: 'retry', tries: 0, infra: 1 });
  },
);

test('the failure that finds its budget used up ends the job, and is charged too (D2)', () => {
  expect(decideAttempt(attempt(), policy(), unused)).toMatchObject({ then: 'retry', tries: 1 });
  expect(decideAttempt(attempt(), policy(), { tries: 1, infra: 0 })).toMatchObject({ then: 'fail', tries: 1 });
});

test('the first rule that matches decides; a retry by rule is paid like any other (D3)', () => {
  const rules = [
    { exit: [7], then: 'fail' as const },
    { exit: [7, 8], then: 'retry' as const },
  ];
  expect(decideAttempt(attempt({ exitCode: 7 }), policy({ rules }), unused).then).toBe('fail');
  expect(decideAttempt(attempt({ exitCode: 8 }), policy({ rules }), unused).then).toBe('retry');
  expect(decideAttempt(attempt({ exitCode: 8 }), policy({ rules }), { tries: 1, infra: 0 }).then).toBe('fail');
});

test.each(['cancelled', 'rejected'] as const)('%s is never tried again, whatever a rule says (D4)', (reason) => {
  const rules = [{ reason: [reason], then: 'retry' as const }];
  expect(decideAttempt(attempt({ reason }), policy({ rules, retries: 9 }), unused).then).toBe('fail');
});

test('a rule says where the next attempt runs and how long it waits; without one the template does', () => {
  const rules = [{ exit: [9], then: 'retry' as const, site: 'other' as const, backoffSec: 0 }];
  const decide = (exitCode: number): AttemptDecision =>
    decideAttempt(attempt({ exitCode }), policy({ rules, backoffSec: 60 }), unused);
  expect(decide(9)).toMatchObject({ then: 'retry', otherSite: true, delaySec: 0 });
  expect(decide(1)).toMatchObject({ then: 'retry', otherSite: false });
  expect(decide(1).delaySec).toBeGreaterThanOrEqual(60);
});

/** Runs a job that needs `needMib` until it ends. @returns what each attempt was allowed, and how it ended */
function sizesOf(needMib: number, of: Policy, peakOf: (allowedMib: number) => number | null): (number | string)[] {
  const sizes: (number | string)[] = [];
  const used: BudgetUsed = { tries: 0, infra: 0 };
  for (let allowedMib = of.memory.askedMib; ;) {
    sizes.push(allowedMib);
    if (allowedMib >= needMib) return [...sizes, 'finished'];
    const failed = attempt({ reason: 'memory', exitCode: 137, allowedMib, peakMib: peakOf(allowedMib) });
    const decision = decideAttempt(failed, of, used);
    used.tries += decision.tries;
    if (decision.then === 'fail') return [...sizes, 'failed'];
    allowedMib = decision.memoryMib ?? allowedMib;
  }
}

const unseen = (): null => null;
const growing = (over: Partial<MemoryPolicy> = {}): MemoryPolicy => ({ ...fixed, growth: 2, ...over });

test.each<[string, number, Policy, number | null, (number | string)[]]>([
  ['doubles', 3_500, policy({ retries: 5, memory: growing() }), null, [1_000, 2_000, 4_000, 'finished']],
  ['at its budget', 3_500, policy({ retries: 1, memory: growing() }), null, [1_000, 2_000, 'failed']],
  [
    'at its ceiling',
    9_000,
    policy({ retries: 5, memory: growing({ maxMib: 3_000 }) }),
    null,
    [1_000, 2_000, 3_000, 'failed'],
  ],
  [
    'just below it',
    3_000,
    policy({ retries: 5, memory: growing({ maxMib: 3_000 }) }),
    null,
    [1_000, 2_000, 3_000, 'finished'],
  ],
  ['by its peak', 2_200, policy({ retries: 5, memory: growing() }), 1.9, [1_000, 2_304, 'finished']],
  ['never without a growth', 3_500, policy({ retries: 2 }), null, [1_000, 1_000, 1_000, 'failed']],
  ['a growth of 1.1', 1_150, policy({ retries: 9, memory: growing({ growth: 1.1 }) }), null, [1_000, 1_100, 1_210]],
])('memory grows: %s (D5)', (_, needMib, of, peak, sizes) => {
  const grown = sizesOf(needMib, of, peak === null ? unseen : (allowedMib) => allowedMib * peak);
  expect(grown.slice(0, sizes.length)).toEqual(sizes);
});

test('a rule makes memory grow without a growth in the template, and keeps it from growing with one (D5)', () => {
  const grow = [{ exit: [137], then: 'retry' as const, memory: 'grow' as const }];
  const oom = attempt({ exitCode: 137 });
  expect(decideAttempt(oom, policy({ rules: grow }), unused).memoryMib).toBe(2_000);
  expect(decideAttempt(attempt(), policy({ rules: grow }), unused).memoryMib).toBeNull();
  const keep = [{ reason: ['memory'], then: 'retry' as const, memory: 'keep' as const }];
  const kept = decideAttempt(attempt({ reason: 'memory' }), policy({ rules: keep, memory: growing() }), unused);
  expect(kept).toMatchObject({ then: 'retry', memoryMib: null });
});

test('an attempt killed below what its template asks for costs nothing and no rule is asked (D6)', () => {
  const rules = [{ reason: ['memory'], then: 'fail' as const }];
  const killed = attempt({ reason: 'memory', allowedMib: 300, peakMib: 310 });
  const decision = decideAttempt(killed, policy({ rules, retries: 0 }), unused);
  expect(decision).toEqual({ then: 'retry', delaySec: 0, tries: 0, infra: 0, memoryMib: 1_000, otherSite: false });
});

test('what it was seen to need counts, where that is more than was asked for (D6)', () => {
  const killed = attempt({ reason: 'memory', allowedMib: 900, peakMib: 1_500 });
  expect(decideAttempt(killed, policy({ memory: { ...fixed, maxMib: 4_000 } }), unused).memoryMib).toBe(1_856);
  expect(decideAttempt(killed, policy(), unused).memoryMib).toBe(1_000);
});

test('what an operator stopped is tried again at once, however often and whatever a rule says, and costs nothing (D7)', () => {
  const rules = [{ reason: ['evicted'], then: 'fail' as const }];
  const stopped = attempt({ reason: 'evicted', byOrder: true });
  const decision = decideAttempt(stopped, policy({ rules, backoffSec: 60 }), { tries: 1, infra: 2 });
  expect(decision).toMatchObject({ then: 'retry', delaySec: 0, tries: 0, infra: 0 });
});

test('only an eviction can be by order: nothing else is excused by saying so (D7)', () => {
  const used = { tries: 1, infra: 2 };
  for (const reason of ['error', 'lost', 'memory'] as const) {
    expect(decideAttempt(attempt({ reason, byOrder: true }), policy(), used).then).toBe('fail');
  }
});
