import { expect, test } from '@jest/globals';
import { backoffMaxSec, backoffSec, decideAttempt, type FailedAttempt, type RetryPolicy } from './decide-attempt.js';

const policy = (over: Partial<RetryPolicy> = {}): RetryPolicy => ({
  retries: 1,
  infraRetries: 2,
  rules: [],
  backoffSec: 0,
  ...over,
});

const attempt = (over: Partial<FailedAttempt> = {}): FailedAttempt => ({
  reason: 'error',
  exitCode: 1,
  signal: null,
  message: null,
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

test('a rule matches only where all of its conditions do', () => {
  const rules = [{ exit: [7], signal: ['SIGKILL'], message: 'full', then: 'fail' as const }];
  const all = { exitCode: 7, signal: 'SIGKILL', message: 'disk full' };
  expect(decideAttempt(attempt(all), policy({ rules }), unused).then).toBe('fail');
  for (const one of [{ exitCode: 8 }, { signal: null }, { message: null }]) {
    expect(decideAttempt(attempt({ ...all, ...one }), policy({ rules }), unused).then).toBe('retry');
  }
});

test.each(['cancelled', 'rejected'] as const)('%s is never tried again, whatever a rule says (D4)', (reason) => {
  const rules = [{ reason: [reason], then: 'retry' as const }];
  expect(decideAttempt(attempt({ reason }), policy({ rules, retries: 9 }), unused).then).toBe('fail');
});

test('what an operator stopped is tried again at once, however often and whatever a rule says, and costs nothing (D5)', () => {
  const rules = [{ reason: ['evicted'], then: 'fail' as const }];
  const stopped = attempt({ reason: 'evicted', byOrder: true });
  const decision = decideAttempt(stopped, policy({ rules, backoffSec: 60 }), { tries: 1, infra: 2 });
  expect(decision).toEqual({ then: 'retry', delaySec: 0, tries: 0, infra: 0 });
});

test('only an eviction can be by order: nothing else is excused by saying so (D5)', () => {
  const used = { tries: 1, infra: 2 };
  for (const reason of ['error', 'lost', 'memory'] as const) {
    expect(decideAttempt(attempt({ reason, byOrder: true }), policy(), used).then).toBe('fail');
  }
});

test('the back-off doubles with each retry, up to its bound', () => {
  expect([0, 1, 2, 3].map((before) => backoffSec(5, before))).toEqual([5, 10, 20, 40]);
  expect(backoffSec(5, 1_000)).toBe(backoffMaxSec);
  expect(backoffSec(0, 1_000)).toBe(0);
});
