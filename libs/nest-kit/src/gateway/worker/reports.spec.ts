import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { BatchVerdicts } from '#contracts';
import { Reports } from './reports.js';
import { TerminalGatherer } from './terminal-gatherer.js';
import { VerdictWaits, verdictWaitMs } from './verdict-waits.js';

const batchId = '11111111-1111-4111-8111-111111111111';
const events = [{ lease: 0, job: '16:0', attempt: 1, outcome: 'finished', endedAtMs: 1 }];
const raw = Buffer.from(
  JSON.stringify({ batchId, session: '1', partition: 0, leases: [{ id: '1', token: 't' }], events }),
);
const verdicts: BatchVerdicts = { batchId, events: 1, duplicate: [], stale: [] };

let confirm: () => void;
let waits: VerdictWaits;
let reports: Reports;

beforeEach(() => {
  jest.useFakeTimers();
  waits = new VerdictWaits();
  const publish = (): Promise<void> => new Promise((resolve) => (confirm = resolve));
  reports = new Reports(new TerminalGatherer('gateway1', publish), waits);
});
afterEach(() => {
  jest.useRealTimers();
});

test('a report is settled when its verdict comes within a second', async () => {
  const report = reports.report('1', raw);
  await jest.advanceTimersByTimeAsync(1);
  confirm();
  await jest.advanceTimersByTimeAsync(verdictWaitMs - 10);
  waits.arrive({ verdicts: [verdicts] });
  expect(await report).toEqual({ batchId, state: 'settled', verdicts });
  expect(jest.getTimerCount()).toBe(0);
});

test("a verdict that overtakes the stream's confirmation is not lost", async () => {
  const report = reports.report('1', raw);
  await jest.advanceTimersByTimeAsync(1);
  waits.arrive({ verdicts: [verdicts] });
  confirm();
  expect(await report).toMatchObject({ state: 'settled' });
});

test('a report without a verdict is only accepted: the journal stays', async () => {
  const report = reports.report('1', raw);
  await jest.advanceTimersByTimeAsync(1);
  confirm();
  await jest.advanceTimersByTimeAsync(verdictWaitMs);
  expect(await report).toEqual({ batchId, state: 'accepted', verdicts: null });
});

test('the same batch reported twice at once is settled twice', async () => {
  const both = Promise.all([reports.report('1', raw), reports.report('1', raw)]);
  await jest.advanceTimersByTimeAsync(1);
  confirm();
  await jest.advanceTimersByTimeAsync(1);
  waits.arrive({ verdicts: [verdicts] });
  expect((await both).map(({ state }) => state)).toEqual(['settled', 'settled']);
});

test("a batch of another's session is refused", async () => {
  await expect(reports.report('2', raw)).rejects.toMatchObject({ refused: { status: 403 } });
});
