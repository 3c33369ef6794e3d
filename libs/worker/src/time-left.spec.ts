import { expect, test } from '@jest/globals';
import { endsInTime } from './time-left.js';
import { trialJob } from './trial-job.js';
import { UsualTime } from './usual-time.js';

const time = (leftSec: number | null, walltimeSec = 7_200) => ({ walltimeSec, leftSec: () => leftSec });
function task(given: { walltimeSec?: number; saidSec?: number }) {
  const job = trialJob(0, { resources: { walltimeSec: given.walltimeSec ?? null } });
  if (given.saidSec !== undefined) job.task.usual.said(given.saidSec * 1_000);
  return job.task;
}

test('a job whose document gives its walltime starts only when all of that is left', () => {
  expect(endsInTime(task({ walltimeSec: 600 }), time(600))).toBe(true);
  expect(endsInTime(task({ walltimeSec: 600, saidSec: 1 }), time(599))).toBe(false);
});

test('a job that usually takes longer than what is left does not start, a shorter one does', () => {
  expect(endsInTime(task({ saidSec: 100 }), time(149))).toBe(false);
  expect(endsInTime(task({ saidSec: 90 }), time(149))).toBe(true);
});

test('a job of which nothing is known starts while a minute is left, or a tenth of a short life', () => {
  expect([endsInTime(task({}), time(61)), endsInTime(task({}), time(60))]).toEqual([true, false]);
  expect([endsInTime(task({}), time(11, 100)), endsInTime(task({}), time(10, 100))]).toEqual([true, false]);
});

test('a worker without an end starts anything', () => {
  expect(endsInTime(task({ walltimeSec: 1e6 }), time(null))).toBe(true);
});

test('nine in ten jobs end within the long time, also when times are spread', () => {
  let state = 7;
  const random = () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
  for (const draw of [() => 1_000, () => 1_000 * random(), () => -1_000 * Math.log(1 - random())]) {
    const usual = new UsualTime(null);
    for (let job = 0; job < 500; job += 1) usual.took(draw());
    const longMs = usual.longMs ?? 0;
    const within = Array.from({ length: 2_000 }, draw).filter((ms) => ms <= longMs + 1e-6).length / 2_000;
    expect(within).toBeGreaterThan(0.8);
  }
});
