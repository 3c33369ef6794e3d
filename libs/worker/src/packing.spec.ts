// A worker's queue and room, driven through simulated time: what it packs must be near what can be packed, and never
// more than there is. Durations are the simulation's; the queue does not know them.
import { expect, test } from '@jest/globals';
import { WorkerRoom, type JobSize } from '#core';
import { JobQueue } from './job-queue.js';
import type { LeasedJob } from './leased-job.js';
import { trialJob } from './trial-job.js';

interface TimedJob {
  size: JobSize;
  sec: number;
}
interface Simulated {
  makespanSec: number;
  startSec: number[];
}

/** The order in which jobs end and start, and a sum of what runs that is kept apart from the WorkerRoom under test. */
function simulate(whole: JobSize, jobs: readonly TimedJob[]): Simulated {
  const queue = new JobQueue(WorkerRoom.of(whole));
  jobs.forEach(({ size }, ordinal) => queue.push(trialJob(ordinal, { resources: size })));
  const free = WorkerRoom.of(whole);
  const running: { job: LeasedJob; endSec: number }[] = [];
  const startSec = jobs.map(() => Infinity);
  let nowSec = 0;
  for (;;) {
    for (let job = queue.takeFitting(free); job !== undefined; job = queue.takeFitting(free)) {
      free.take(job.task.facts.resources);
      startSec[job.spec.ordinal] = nowSec;
      running.push({ job, endSec: nowSec + (jobs[job.spec.ordinal]?.sec ?? 0) });
      expectNoOvercommit(whole, running);
    }
    running.sort((a, b) => a.endSec - b.endSec);
    const ended = running.shift();
    if (ended === undefined) return { makespanSec: nowSec, startSec };
    nowSec = ended.endSec;
    free.giveBack(ended.job.task.facts.resources);
  }
}

function expectNoOvercommit(whole: JobSize, running: readonly { job: LeasedJob }[]): void {
  const sum = (key: 'cores' | 'memoryMib' | 'gpus' | 'diskMib'): number =>
    running.reduce((total, { job }) => total + (job.task.facts.resources[key] ?? 0), 0);
  const over = sum('cores') > whole.cores + 1e-3 || sum('memoryMib') > whole.memoryMib || sum('gpus') > whole.gpus;
  if (over || sum('diskMib') > (whole.diskMib ?? Infinity))
    throw new Error(`more runs than there is: ${running.length}`);
}

/** No packing can be shorter. */
function leastSec(whole: JobSize, jobs: readonly TimedJob[]): number {
  const total = (key: 'cores' | 'memoryMib' | 'gpus'): number =>
    jobs.reduce((sum, { size, sec }) => sum + size[key] * sec, 0);
  const abreast = [1, 2, 3].flatMap((most) => [
    alone(jobs, (job) => job.cores * (most + 1) > whole.cores) / most,
    alone(jobs, (job) => job.memoryMib * (most + 1) > whole.memoryMib) / most,
  ]);
  return Math.max(
    ...abreast,
    total('cores') / whole.cores,
    total('memoryMib') / whole.memoryMib,
    whole.gpus > 0 ? total('gpus') / whole.gpus : 0,
    ...jobs.map(({ sec }) => sec),
  );
}

/** Seconds of the jobs of which no two (three, four) run side by side. */
const alone = (jobs: readonly TimedJob[], isWide: (size: JobSize) => boolean): number =>
  jobs.reduce((sum, { size, sec }) => (isWide(size) ? sum + sec : sum), 0);

const size = (cores: number, memoryMib: number, gpus = 0): JobSize => ({ cores, memoryMib, gpus, diskMib: null });
const many = (count: number, job: TimedJob): TimedJob[] => Array.from({ length: count }, () => job);
const worker = size(4, 8_000);

test('mixes whose best packing is known are packed as well as can be', () => {
  const inTurn = (a: TimedJob[], b: TimedJob[]): TimedJob[] => a.flatMap((job, at) => [job, b[at] ?? job]);
  const known: { jobs: TimedJob[]; bestSec: number }[] = [
    { jobs: many(40, { size: size(1, 2_000), sec: 10 }), bestSec: 100 },
    { jobs: many(40, { size: size(1, 4_000), sec: 10 }), bestSec: 200 },
    { jobs: many(10, { size: size(4, 10), sec: 10 }), bestSec: 100 },
    {
      jobs: [...many(10, { size: size(1, 5_000), sec: 30 }), ...many(30, { size: size(1, 1_000), sec: 30 })],
      bestSec: 300,
    },
    {
      jobs: [...many(30, { size: size(1, 1_000), sec: 30 }), ...many(10, { size: size(1, 5_000), sec: 30 })],
      bestSec: 300,
    },
    {
      jobs: inTurn(many(20, { size: size(3, 1_000), sec: 5 }), many(20, { size: size(1, 7_000), sec: 5 })),
      bestSec: 100,
    },
    { jobs: many(100, { size: size(0.5, 1_000), sec: 4 }), bestSec: 52 },
  ];
  for (const { jobs, bestSec } of known) expect(simulate(worker, jobs).makespanSec).toBe(bestSec);
});

test('random mixes end within twice what no packing can beat, and never is more taken than there is', () => {
  const seed = Number(process.env['SEED'] ?? 5);
  console.log(`seed ${seed}`);
  let state = seed;
  const random = () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const ratios: number[] = [];
  for (let round = 0; round < 60; round += 1) {
    const cores = pick([2, 4, 8, 16, 64]);
    const whole = { cores, memoryMib: cores * 2_000, gpus: pick([0, 2]), diskMib: null };
    const kinds = Array.from({ length: 1 + Math.floor(random() * 8) }, () => ({
      size: size(
        pick([0.5, 1, 1, 1, 2, Math.min(8, cores), cores]),
        Math.ceil(whole.memoryMib * random() ** 3),
        whole.gpus > 0 && random() < 0.2 ? 1 : 0,
      ),
      sec: Math.ceil(300 * random() ** 2),
    }));
    const jobs = Array.from({ length: 300 }, () => {
      const kind = pick(kinds);
      return { ...kind, sec: kind.sec * (0.5 + random()) };
    });
    ratios.push(simulate(whole, jobs).makespanSec / leastSec(whole, jobs));
  }
  ratios.sort((a, b) => a - b);
  console.log(`of the bound: median ${ratios[30]?.toFixed(2)}, worst ${ratios.at(-1)?.toFixed(2)}`);
  expect(ratios.at(-1)).toBeLessThan(2);
});

test('a job as wide as the worker starts after a bounded wait while short ones keep coming', () => {
  const jobs = [...many(4, { size: size(1, 10), sec: 1 }), { size: size(4, 10), sec: 1 }];
  const { startSec } = simulate(worker, [...jobs, ...many(5_000, { size: size(1, 10), sec: 1 })]);
  expect(startSec[4]).toBeLessThan(300 / 4);
});

test('a job that needs all the memory starts after a bounded wait while small ones keep coming', () => {
  const jobs = [...many(4, { size: size(1, 10), sec: 30 }), { size: size(1, 8_000), sec: 1 }];
  const { startSec } = simulate(worker, [...jobs, ...many(5_000, { size: size(1, 10), sec: 30 })]);
  expect(startSec[4]).toBeLessThan(30 * 10);
});
