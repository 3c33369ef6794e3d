// Goal: an outage of an hour loses no result and repeats no finished job. An hour lasts a minute here: run by
// `npm run test:network`, skipped elsewhere.
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  executionFaults,
  executionsOf,
  Random,
  recordedWork,
  TestStack,
  TrialLine,
  TrialNetwork,
  until,
  workRecord,
} from '#test-kit';

const hourTest = process.env['NETWORK_HOURS'] === '1' ? test : test.skip;
const hourMs = 60_000;
const keep = ['--keep-folders', 'all', '--cores', '4'];
const whole = { state: 'done', failed: 0, notOnce: 0, open: 0, deadLetters: 0 };
let stack: TestStack;
const closers: (() => Promise<void>)[] = [];

beforeAll(async () => {
  if (process.env['NETWORK_HOURS'] !== '1') return;
  stack = await TestStack.start({ brokers: 2, environment: { SLUICE_CLOCK_SCALE: '60' } });
}, 60_000);
afterEach(async () => {
  await stack?.stopWorkers();
  for (const close of closers.splice(0)) await close();
}, 30_000);
afterAll(() => stack?.stop(), 60_000);

/** Attempts that finished, as `ordinal:attempt`. */
async function finishedAttempts(id: string): Promise<string[]> {
  const rows = await stack.rows<{ attempt: string }>(
    `select a.ordinal || ':' || a.attempt as attempt from attempt a join workflow w on w.id = a.workflow_id
      where w.public_id = $1 and a.outcome = 3 order by a.ordinal`,
    [id],
  );
  return rows.map(({ attempt }) => attempt);
}

hourTest(
  'the gateway is away for an hour while workers live: no result is lost, nothing is repeated',
  () =>
    stack.explained(async () => {
      const id = await stack.submit('gateway-away', { jobs: 24, template: recordedWork(8) });
      const names = ['first', 'second', 'third'];
      for (const name of names) await stack.startWorker(name, keep);
      await until('all are leased', 30_000, async () => (await stack.leased(id)) === 24);
      const gateway = stack.service('gateway-1');
      await gateway.stop('SIGKILL');
      await sleep(hourMs);
      await gateway.startAgain();
      expect(await stack.end(id, 60_000)).toMatchObject({ ...whole, finished: 24, others: {} });
      const record = workRecord(stack.folder.path, names);
      expect([executionFaults(record), executionsOf(record).length]).toEqual([[], 24]);
    }),
  240_000,
);

hourTest(
  'one site is cut off for an hour: what was granted anew is recorded as lost, what was not counts, nobody else is touched',
  () =>
    stack.explained(async () => {
      const network = await TrialNetwork.start(stack.urls[0] ?? '');
      closers.push(() => network.stop());
      const id = await stack.submit('cut-off', { jobs: 12, template: recordedWork(6) });
      await stack.startWorker('cut', [...keep, '--site', 'FrDF', '--url', network.url]);
      await until('some run and more are fetched ahead', 30_000, async () => (await stack.leased(id)) > 4);
      network.cut();
      const rest = await stack.startWorker('near', ['--keep-folders', 'all', '--cores', '2', '--site', 'USDF']);
      await sleep(hourMs / 2);
      const finishedFirst = new Set(await finishedAttempts(id)); // granted anew meanwhile, and done
      await sleep(hourMs / 2);
      network.mend();
      expect(await stack.end(id, 60_000)).toMatchObject({ ...whole, finished: 12 });
      const finished = await finishedAttempts(id);
      for (const attempt of finishedFirst) expect(finished).toContain(attempt);
      const { others } = await stack.books(id);
      const anew = finished.filter((attempt) => !attempt.endsWith(':1')).length;
      expect(Object.keys(others)).toEqual(['6']);
      expect(others['6']).toBeGreaterThanOrEqual(anew);
      expect(rest.log).not.toContain('attempts.killed');
      const record = workRecord(stack.folder.path, ['cut', 'near']);
      expect(executionFaults(record)).toEqual([]);
      // I25: each run that did not count is of an attempt that was lost.
      const runs = executionsOf(record).filter(({ ordinal, attempt }) => !finished.includes(`${ordinal}:${attempt}`));
      expect(runs.length).toBeLessThanOrEqual(others['6'] ?? 0);
    }),
  300_000,
);

hourTest(
  'a line of 64 kbit/s, half a second long, that loses 30 of 100 packets: all is done once',
  () =>
    stack.explained(async () => {
      const seed = 7;
      const random = new Random(seed);
      const line = await TrialLine.start(stack.urls[0] ?? '');
      line.quality = { delayMs: 250, bitsPerSec: 64_000, lostPercent: 30, random };
      closers.push(() => line.stop());
      const id = await stack.submit(`poor-line-${seed}`, { jobs: 60, template: recordedWork(0.1) });
      await stack.startWorker('far', [...keep, '--url', line.url]);
      expect(await stack.end(id, 180_000)).toMatchObject({ ...whole, finished: 60, others: {} });
      expect(line.lost).toBeGreaterThan(10);
      const record = workRecord(stack.folder.path, ['far']);
      expect([executionFaults(record), executionsOf(record).length]).toEqual([[], 60]);
    }),
  240_000,
);

hourTest(
  'one of two brokers sleeps, then dies: work goes on, and what it granted before it slept is granted once',
  () =>
    stack.explained(async () => {
      const id = await stack.submit('broker-sleeps', { jobs: 400, template: recordedWork(0.1) });
      const names = ['left', 'right'];
      for (const name of names) await stack.startWorker(name, keep);
      await until('some have finished', 30_000, async () => (await stack.finished(id)) > 20);
      const broker = stack.service('broker-1');
      process.kill(broker.pid, 'SIGSTOP');
      const before = await stack.finished(id);
      await until('it goes on', 60_000, async () => (await stack.finished(id)) > before + 60);
      process.kill(broker.pid, 'SIGCONT');
      const awake = await stack.finished(id);
      await until('it still goes on', 60_000, async () => (await stack.finished(id)) > awake + 40);
      await stack.service('broker-2').kill();
      expect(await stack.end(id, 120_000)).toMatchObject({ ...whole, finished: 400 });
      const record = workRecord(stack.folder.path, names);
      expect(executionFaults(record)).toEqual([]);
      expect(executionsOf(record)).toHaveLength(400);
    }),
  300_000,
);
