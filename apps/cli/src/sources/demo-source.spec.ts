// Goal: a demo of any size is the pipeline that it says it is.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { chunksOf } from '#documents';
import { demoJobsMin, demoLevels, demoSource } from './demo-source.js';

interface Made {
  name: string;
  template: string;
  after?: number[];
  params?: { runtimeSec: number };
}

async function made(jobs: number, seconds = 1): Promise<Made[]> {
  const document = await demoSource({ jobs, seconds }).open();
  const all: Made[] = [];
  for await (const batch of document.jobs) for (const raw of batch) if ('value' in raw) all.push(raw.value as Made);
  return all;
}

/** Jobs that hang together with job 0, over edges in either direction. */
function reachedFromFirst(jobs: readonly Made[]): number {
  const root = jobs.map((_, at) => at);
  const find = (at: number): number => (root[at] === at ? at : (root[at] = find(root[at] ?? at)));
  jobs.forEach(({ after = [] }, at) => after.forEach((parent) => (root[find(at)] = find(parent))));
  return jobs.filter((_, at) => find(at) === find(0)).length;
}

test('10,000 jobs have the shape of one night', () => {
  expect(demoLevels(10_000).map(({ label, jobs }) => [label, jobs])).toEqual([
    ['isr', 3_000],
    ['characterize', 3_000],
    ['calibrate', 3_000],
    ['warp', 600],
    ['coadd', 200],
    ['detect', 100],
    ['merge', 100],
  ]);
});

test('G1: for any number the labels sum to it exactly, each has a job, none more than the one before', () => {
  fc.assert(
    fc.property(fc.integer({ min: demoJobsMin, max: 5_000_000 }), (jobs) => {
      const counts = demoLevels(jobs).map((level) => level.jobs);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(jobs);
      expect(Math.min(...counts)).toBeGreaterThanOrEqual(1);
      expect(counts).toEqual([...counts].sort((a, b) => b - a));
    }),
    { seed: 7, numRuns: 500 },
  );
});

test.each([7, 8, 9, 10, 13, 29, 100, 999, 1_000, 4_321, 20_000])(
  'G2, G3: %i jobs hang together; parents are of the label before, and every job but the last label has a child',
  async (count) => {
    const jobs = await made(count);
    expect(jobs.length).toBe(count);
    expect(new Set(jobs.map(({ name }) => name)).size).toBe(count);
    const labels = demoLevels(count).map(({ label }) => label);
    const depths = jobs.map(({ template }) => labels.indexOf(template));
    const hasChild = new Set(jobs.flatMap(({ after = [] }) => after));
    const isOdd = ({ after = [] }: Made, at: number): boolean =>
      after.length === 0 ? depths[at] !== 0 : after.some((parent) => depths[parent] !== (depths[at] ?? 0) - 1);
    expect(jobs.filter(isOdd)).toEqual([]);
    // Parents stand above their children, so there can be no cycle.
    expect(jobs.filter(({ after = [] }, at) => after.some((parent) => parent >= at))).toEqual([]);
    expect(jobs.filter(({ template }, at) => template !== 'merge' && !hasChild.has(at))).toEqual([]);
    expect(reachedFromFirst(jobs)).toBe(count);
  },
);

test('lengths spread evenly around the mean, and are the same each time', async () => {
  const seconds = (await made(2_000, 3)).map(({ params }) => params?.runtimeSec ?? NaN);
  const mean = seconds.reduce((sum, sec) => sum + sec, 0) / seconds.length;
  expect(mean).toBeCloseTo(3, 1);
  expect(Math.min(...seconds)).toBeLessThan(1.6);
  expect(Math.max(...seconds)).toBeGreaterThan(4.4);
  expect(Math.max(...seconds)).toBeLessThanOrEqual(4.5);
  expect((await made(2_000, 3)).map(({ params }) => params?.runtimeSec ?? NaN)).toEqual(seconds);
});

test('with 0 seconds the jobs do nothing at all', async () => {
  const { header } = await demoSource({ jobs: 7, seconds: 0 }).open();
  expect(header).toMatchObject({ defaults: { transform: 'noop' } });
  expect((await made(7, 0)).filter(({ params }) => params !== undefined)).toEqual([]);
});

test('our own checks accept what was made, chunk by chunk', async () => {
  let last = { jobs: 0, edges: 0 };
  for await (const { seal } of chunksOf(await demoSource({ jobs: 12_345, seconds: 1 }).open())) {
    last = { jobs: seal.jobCount, edges: seal.edgeCount };
  }
  expect(last.jobs).toBe(12_345);
  expect(last.edges).toBeGreaterThan(8_000);
});

test('a million jobs are made a thousand at a time', async () => {
  const document = await demoSource({ jobs: 1_000_000, seconds: 0 }).open();
  const batches = document.jobs[Symbol.asyncIterator]();
  const first = await batches.next();
  expect(first.done).toBe(false);
  expect(first.done === true ? 0 : first.value.length).toBe(1_000);
});
