import { expect, test } from '@jest/globals';
import { PollPatience } from './poll-patience.js';

test('two polls in a row that broke after the same time make the next ones shorter, until that is tried again', () => {
  const patience = new PollPatience();
  expect(patience.waitSec(20, 0)).toBe(20);
  expect(patience.broke(10_000, 0)).toBeNull();
  expect(patience.waitSec(20, 0)).toBe(20);
  expect(patience.broke(10_300, 0)).toBe(7);
  expect(patience.waitSec(20, 0)).toBe(7);
  expect(patience.waitSec(3, 0)).toBe(3);
  expect(patience.waitSec(20, 15 * 60_000)).toBe(20);
});

test.each<[string, number[]]>([
  ['one that broke', [10_000]],
  ['two that broke at once: no connection', [5, 6]],
  ['two that broke after different times', [4_000, 12_000]],
  ['one that was silent, then no connection, then one that was silent', [10_000, 5, 10_000]],
])('%s is an outage: polls stay as long', (_what, breaks) => {
  const patience = new PollPatience();
  expect(breaks.map((afterMs) => patience.broke(afterMs, 0))).toEqual(breaks.map(() => null));
  expect(patience.waitSec(20, 0)).toBe(20);
});

test('an answer between two that broke counts for the network', () => {
  const patience = new PollPatience();
  patience.broke(10_000, 0);
  patience.answered();
  expect(patience.broke(10_000, 0)).toBeNull();
});

test('a limit that still cuts is lowered further, to no less than a second', () => {
  const patience = new PollPatience();
  const cut = (afterMs: number): number | null => [0, 0].map(() => patience.broke(afterMs, 0)).at(-1) ?? null;
  expect([cut(20_000), cut(10_000), cut(2_000), cut(2_000)]).toEqual([15, 7, 1, 1]);
});
