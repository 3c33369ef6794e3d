import { expect, test } from '@jest/globals';
import { InvalidArgumentError } from 'commander';
import { sinceMs } from './since.js';

const nowMs = Date.parse('2026-11-22T21:00:00Z');
const at = (text: string): string => new Date(sinceMs(text, nowMs)).toISOString();

test('a span counts back from now, a date from its midnight in UTC', () => {
  expect(at('90m')).toBe('2026-11-22T19:30:00.000Z');
  expect(at('12h')).toBe('2026-11-22T09:00:00.000Z');
  expect(at('7d')).toBe('2026-11-15T21:00:00.000Z');
  expect(at('2026-11-22')).toBe('2026-11-22T00:00:00.000Z');
  expect(at('2026-11-22T18:00+02:00')).toBe('2026-11-22T16:00:00.000Z');
});

test.each(['', 'yesterday', '7', '-7d', '7w', '2026-13-01', '2026-11-22T18:00', '22/11/2026', '1e3d'])(
  '%j is refused',
  (text) => {
    expect(() => sinceMs(text, nowMs)).toThrow(InvalidArgumentError);
  },
);
