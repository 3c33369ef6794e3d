/**
 * A pipeline like one night of a survey telescope: seven labels, exactly as many jobs as asked for, real parents.
 *
 * G1  Each label has a job at least, and none has more than the label before it.
 * G2  Every job but the first label's has parents, all of the label before; every job but the last label's has a child.
 * G3  All jobs hang together: a warp needs the images of its patch and one that overlaps with the next.
 */
import { jobsMade, type DocumentSource } from './document-source.js';

/** Shares of 10,000 jobs, as such a pipeline has them. */
const shape = [
  { label: 'isr', share: 3_000 },
  { label: 'characterize', share: 3_000 },
  { label: 'calibrate', share: 3_000 },
  { label: 'warp', share: 600 },
  { label: 'coadd', share: 200 },
  { label: 'detect', share: 100 },
  { label: 'merge', share: 100 },
] as const;
const shareSum = 10_000;
const overlapping = 'warp';

/** Fewest jobs of a demo: one of each label. */
export const demoJobsMin = shape.length;

export interface DemoWish {
  /** At least `demoJobsMin`. */
  jobs: number;
  /** Mean length of a job; 0: jobs that do nothing. */
  seconds: number;
}

/** One label with its jobs: ordinals from `first` on. */
interface Level {
  label: string;
  first: number;
  jobs: number;
}

export const demoSource = (wish: DemoWish): DocumentSource => ({
  name: `--demo ${wish.jobs}`,
  open: async () => ({
    format: 'ndjson',
    header: demoHeader(wish),
    jobs: jobsMade(wish.jobs, jobOf(demoLevels(wish.jobs), wish.seconds)),
  }),
});

/** How many jobs each label has; they sum to `jobs`. */
export function demoLevels(jobs: number): Level[] {
  const spare = jobs - shape.length;
  const exact = shape.map(({ share }) => Math.max(0, (jobs * share) / shareSum - 1));
  const scale = spare / exact.reduce((sum, part) => sum + part, 0);
  const counts = exact.map((part) => 1 + (spare === 0 ? 0 : Math.floor(part * scale)));
  // What rounding left over goes to the labels in their order, so that G1 holds.
  const left = jobs - counts.reduce((sum, count) => sum + count, 0);
  let first = 0;
  return shape.map(({ label }, at) => {
    const level = { label, first, jobs: (counts[at] ?? 0) + (at < left ? 1 : 0) };
    first += level.jobs;
    return level;
  });
}

function demoHeader({ jobs, seconds }: DemoWish): object {
  return {
    apiVersion: 'sluice/v1',
    name: 'rubin-demo',
    annotations: { demo: { jobs, seconds } },
    // They only sleep, in the worker itself, so many fit on a core.
    defaults: { transform: seconds === 0 ? 'noop' : 'simulate', resources: { cores: 0.02, memoryMib: 1 } },
    templates: Object.fromEntries(shape.map(({ label }) => [label, {}])),
    jobCount: jobs,
  };
}

function jobOf(levels: readonly Level[], seconds: number): (ordinal: number) => object {
  let at = 0;
  return (ordinal) => {
    while (ordinal >= endOf(levels[at])) at += 1;
    const level = levels[at];
    if (level === undefined) throw new RangeError(`a demo has no job ${ordinal}`);
    const after = parentsOf(levels[at - 1], level, ordinal - level.first);
    return {
      name: `${level.label}-${ordinal - level.first}`,
      template: level.label,
      ...(after.length === 0 ? {} : { after }),
      ...(seconds === 0 ? {} : { params: { runtimeSec: runtimeSec(ordinal, seconds) } }),
    };
  };
}

const endOf = (level: Level | undefined): number => (level === undefined ? Infinity : level.first + level.jobs);

/** The jobs of the level above fall to those below in equal shares, in order (G2); warps take one more (G3). */
function parentsOf(above: Level | undefined, level: Level, index: number): number[] {
  if (above === undefined) return [];
  const begin = Math.floor((index * above.jobs) / level.jobs);
  const end = Math.floor(((index + 1) * above.jobs) / level.jobs);
  const last = level.label === overlapping ? Math.min(end, above.jobs - 1) : end - 1;
  return Array.from({ length: last - begin + 1 }, (_, i) => above.first + begin + i);
}

const goldenRatio = (Math.sqrt(5) - 1) / 2;

/** Between half and one and a half times the mean, spread evenly, the same in every run. */
function runtimeSec(ordinal: number, mean: number): number {
  const spread = 0.5 + ((ordinal * goldenRatio) % 1);
  return Number((mean * spread).toFixed(3));
}
