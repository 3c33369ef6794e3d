import { expect, test } from '@jest/globals';
import { startedText, tookText } from './workflow-times.js';

const nowMs = Date.parse('2026-11-22T21:00:00Z');

test('the start is told to the minute, and by its date once the year could be another', () => {
  expect(startedText('2026-11-22T20:06:12.345Z', nowMs)).toBe('11-22 20:06');
  expect(startedText('2025-11-22T20:06:12.345Z', nowMs)).toBe('2025-11-22');
  expect(startedText(null, nowMs)).toBe('');
});

test('what has ended took what it took; what goes on has taken so far', () => {
  expect(tookText({ submittedAt: '2026-11-22T20:00:00Z', endedAt: '2026-11-22T20:03:20Z' }, nowMs)).toBe('00:03:20');
  expect(tookText({ submittedAt: '2026-11-18T16:00:00Z', endedAt: null }, nowMs)).toBe('4 d');
  expect(tookText({ submittedAt: null, endedAt: null }, nowMs)).toBe('');
});
