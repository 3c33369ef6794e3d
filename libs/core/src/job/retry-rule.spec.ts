import { expect, test } from '@jest/globals';
import { fitsPattern } from './message-pattern.js';
import { exitRange, ruleFor, type FailureSigns } from './retry-rule.js';

const failure: FailureSigns = { reason: 'error', exitCode: 7, signal: 'SIGKILL', message: 'disk full on /scratch' };

test('a rule matches only where all of its conditions do', () => {
  const rule = { exit: [7], signal: ['SIGKILL'], message: 'full', then: 'fail' as const };
  expect(ruleFor([rule], failure)).toBe(rule);
  for (const one of [{ exitCode: 8 }, { signal: null }, { message: null }]) {
    expect(ruleFor([rule], { ...failure, ...one })).toBeUndefined();
  }
});

test('a rule without conditions is for all that is left', () => {
  const rules = [{ exit: [7], then: 'fail' as const }, { then: 'retry' as const }];
  expect(ruleFor(rules, failure)?.then).toBe('fail');
  expect(ruleFor(rules, { ...failure, exitCode: null })?.then).toBe('retry');
});

test('a range of exit codes holds both of its ends, and no attempt without one', () => {
  const rules = [{ exit: [3, '100-120'], then: 'fail' as const }];
  const hit = (exitCode: number | null): boolean => ruleFor(rules, { ...failure, exitCode }) !== undefined;
  expect([3, 100, 110, 120].map(hit)).toEqual([true, true, true, true]);
  expect([null, -1, 4, 99, 121].map(hit)).toEqual([false, false, false, false, false]);
});

test.each(['', '7', '1-', '-1', '9-3', '0-256', '1 - 2', '1-2-3', 'a-b', '0x1-0x2', '1.5-2'])(
  '%j is no range of exit codes',
  (text) => {
    expect(exitRange(text)).toBeNull();
  },
);

test.each<[string, string, boolean]>([
  ['disk full on /scratch', 'full', true],
  ['disk full on /scratch', 'disk*scratch', true],
  ['disk full\non /scratch', 'full*on', true],
  ['disk full on /scratch', 'scratch*disk', false],
  ['disk full', 'Full', false],
  ['aa', 'a*a', true],
  ['a', 'a*a', false],
  ['5 * 3', '5 \\* 3', true],
  ['5 x 3', '5 \\* 3', false],
  ['a+b', 'a+b', true],
  ['aab', 'a+b', false],
  ['', '*', true],
  ['anything', '', true],
])('message %j, pattern %j: %j', (message, pattern, fits) => {
  expect(fitsPattern(message, pattern)).toBe(fits);
});

test('the worst pattern takes one pass over the longest message', () => {
  const message = 'a'.repeat(4_000);
  const started = process.cpuUsage();
  for (let no = 0; no < 200; no += 1) expect(fitsPattern(message, `${'a*'.repeat(499)}b`)).toBe(false);
  expect(process.cpuUsage(started).user / 1_000).toBeLessThan(5_000); // a pattern that is tried in all ways takes years
});
