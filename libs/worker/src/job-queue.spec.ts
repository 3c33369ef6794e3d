import { expect, test } from '@jest/globals';
import { WorkerRoom } from '#core';
import { JobQueue } from './job-queue.js';
import { trialJob } from './trial-job.js';

function queueOf(...cores: number[]): JobQueue {
  const queue = new JobQueue(WorkerRoom.of({ cores: 8, memoryMib: 8_000 }));
  cores.forEach((count, ordinal) => queue.push(trialJob(ordinal, { resources: { cores: count, memoryMib: 1 } })));
  return queue;
}
const next = (queue: JobQueue, cores: number) =>
  queue.takeFitting(WorkerRoom.of({ cores, memoryMib: 1_000 }))?.spec.ordinal;

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

test('a wide job is not overtaken for ever: by 256 short jobs, or by a minute of the worker', () => {
  for (const { usualMs, overtakes } of [
    { usualMs: 1_000, overtakes: 256 },
    { usualMs: 60_000, overtakes: 8 },
    { usualMs: null, overtakes: 48 },
  ]) {
    const queue = queueOf(8, 0.1, ...Array.from({ length: 1_000 }, () => 1));
    queue.removeAll(({ spec }) => spec.ordinal === 1);
    const short = queue.removeAll(({ spec }) => spec.ordinal > 0);
    for (const job of short) {
      job.task.usual.said(usualMs);
      queue.push(job);
    }
    let overtaken = 0;
    while (next(queue, 4) !== undefined) overtaken += 1;
    expect({ usualMs, overtakes: overtaken }).toEqual({ usualMs, overtakes });
    expect(queue.held).toBe(true);
    expect(next(queue, 8)).toBe(0);
    expect(queue.held).toBe(false);
    expect(next(queue, 4)).toBe(overtakes + 2);
  }
});

test('jobs of one task are one run, and it is looked past however many they are', () => {
  const queue = new JobQueue(WorkerRoom.of({ cores: 4, memoryMib: 8 * 1_024 }));
  const wide = trialJob(0, { resources: { cores: 4, memoryMib: 1 } });
  for (let ordinal = 0; ordinal < 1_400; ordinal += 1) queue.push({ ...wide, key: `1:${ordinal}:1` });
  queue.push(trialJob(7, { resources: { cores: 1, memoryMib: 1 } }));
  expect(next(queue, 2)).toBe(7);
  expect([next(queue, 4), queue.length]).toEqual([0, 1_399]);
});

test('a worker of 4 cores and 8 GiB takes the mix that fills it, whatever the order', () => {
  const gib = 1_024;
  for (const order of [
    [4 * gib, gib],
    [gib, 4 * gib],
  ]) {
    const queue = new JobQueue(WorkerRoom.of({ cores: 4, memoryMib: 8 * 1_024 }));
    order.forEach((memoryMib, at) => {
      for (let no = 0; no < 10; no += 1) queue.push(trialJob(at * 10 + no, { resources: { cores: 1, memoryMib } }));
    });
    const free = WorkerRoom.of({ cores: 4, memoryMib: 8 * gib });
    const taken: number[] = [];
    for (let job = queue.takeFitting(free); job !== undefined; job = queue.takeFitting(free)) {
      free.take(job.task.facts.resources);
      taken.push(job.task.facts.resources.memoryMib / gib);
    }
    expect(taken.sort()).toEqual([1, 1, 1, 4]);
  }
});

test('what queued jobs will take is taken off what is free', () => {
  const free = WorkerRoom.of({ cores: 4, memoryMib: 10 });
  queueOf(1, 2, 8).takeAllOff(free);
  expect([free.cores, free.memoryMib]).toEqual([-7, 7]);
});

test('the jobs of a task are taken out together, also when it came in two leases', () => {
  const queue = new JobQueue(WorkerRoom.of({ cores: 4, memoryMib: 8 * 1_024 }));
  const job = trialJob(0);
  const again = { ...job, key: '1:1:1', task: { ...job.task } };
  const other = trialJob(2);
  for (const one of [job, again, other]) queue.push(one);
  expect(queue.removeTasks(({ usual }) => usual === job.task.usual)).toEqual([job, again]);
  expect([queue.length, next(queue, 1)]).toEqual([1, undefined]);
  expect(next(queue, 4)).toBeUndefined(); // 2 GiB, and only 1,000 MiB are free
});

test('a job taken out by name is gone, and the rest keeps its order', () => {
  const queue = new JobQueue(WorkerRoom.of({ cores: 8, memoryMib: 8_000 }));
  const jobs = [0, 1, 2, 3].map((ordinal) => trialJob(ordinal, { resources: { memoryMib: 1 } }));
  for (const job of jobs) queue.push(job);
  expect(jobs[1] && queue.remove(jobs[1])).toBe(true);
  expect(jobs[1] && queue.remove(jobs[1])).toBe(false);
  expect(queue.removeAll((job) => job === jobs[3])).toEqual([jobs[3]]);
  expect([next(queue, 1), next(queue, 1), queue.length]).toEqual([0, 2, 0]);
});
