import { expect, test } from '@jest/globals';
import { fnv1a, heldHash } from '#contracts';
import { HeldAttempts } from './held-attempts.js';
import { trialJob } from './trial-job.js';

test('count and hash depend on what is held, not on the order, and return to 0', () => {
  const jobs = Array.from({ length: 500 }, (_, ordinal) => trialJob(ordinal, { attempt: 1 + (ordinal % 3) }));
  const [forward, backward] = [new HeldAttempts(), new HeldAttempts()];
  for (const job of jobs) forward.add(job);
  for (const job of jobs.toReversed()) backward.add(job);
  expect(forward.hash).toBe(backward.hash);
  expect(forward.hash).toBe(heldHash(jobs.map(({ key }) => key)));
  for (const job of jobs) forward.remove(job.key);
  expect([forward.count, forward.hash]).toEqual([0, 0]);
});

test('the same attempt counts once, and one that is not held cannot be removed', () => {
  const held = new HeldAttempts();
  expect([held.add(trialJob(1)), held.add(trialJob(1))]).toEqual([true, false]);
  held.remove('1:2:1');
  expect([held.count, held.hash]).toEqual([1, fnv1a('1:1:1')]);
});
