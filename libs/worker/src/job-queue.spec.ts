import { expect, test } from '@jest/globals';
import { JobQueue } from './job-queue.js';
import { Room } from './room.js';
import { trialJob } from './trial-job.js';

function queueOf(...cores: number[]): JobQueue {
  const queue = new JobQueue();
  cores.forEach((count, ordinal) => queue.push(trialJob(ordinal, { resources: { cores: count, memoryMib: 1 } })));
  return queue;
}
const next = (queue: JobQueue, cores: number) => queue.takeFitting(new Room(cores, 1_000))?.spec.ordinal;

test('jobs start in the order in which they came', () => {
  const queue = queueOf(...Array.from({ length: 5_000 }, () => 1));
  for (let ordinal = 0; ordinal < 5_000; ordinal += 1) expect(next(queue, 1)).toBe(ordinal);
  expect(next(queue, 1)).toBeUndefined();
});

test('a narrow job overtakes a wide one that does not fit now', () => {
  const queue = queueOf(8, 1, 1);
  expect([next(queue, 4), next(queue, 4), next(queue, 4)]).toEqual([1, 2, undefined]);
  expect(next(queue, 8)).toBe(0);
});

test('a wide job is not overtaken for ever', () => {
  const queue = queueOf(8, ...Array.from({ length: 1_000 }, () => 1));
  let overtaken = 0;
  while (next(queue, 4) !== undefined) overtaken += 1;
  expect(overtaken).toBe(256);
  expect([next(queue, 8), next(queue, 4)]).toEqual([0, 257]);
});

test('a job taken out by name is gone, and the rest keeps its order', () => {
  const queue = new JobQueue();
  const jobs = [0, 1, 2, 3].map((ordinal) => trialJob(ordinal, { resources: { memoryMib: 1 } }));
  for (const job of jobs) queue.push(job);
  expect(jobs[1] && queue.remove(jobs[1])).toBe(true);
  expect(jobs[1] && queue.remove(jobs[1])).toBe(false);
  expect(queue.removeAll((job) => job === jobs[3])).toEqual([jobs[3]]);
  expect([next(queue, 1), next(queue, 1), queue.length]).toEqual([0, 2, 0]);
});

test('fractions of cores add up without losing a slot to rounding', () => {
  const room = new Room(1, 1_000);
  const tenth = { cores: 0.1, memoryMib: 1 };
  for (let taken = 0; taken < 10; taken += 1) {
    expect(room.fits(tenth)).toBe(true);
    room.take(tenth);
  }
  expect(room.fits(tenth)).toBe(false);
});
