import { type ClassNeeds, obstacles, type Obstacle, passes } from '../lease/fits.js';
import type { WorkerKind } from '../ports/read-store.js';

/** Why no worker that is there can run jobs of a class, for programs and for people. */
export interface Gap {
  cause: 'no-worker' | 'no-worker-offers-transform' | 'no-worker-fits' | 'site-closed';
  text: string;
  /** What stands before the last workers that were left; null: there is no worker at all. */
  obstacle: Obstacle | null;
  /** Which site, transform or tag it is about; may be empty. */
  subject: string;
  /** The worker that comes nearest; null: there is none. */
  nearest: WorkerKind | null;
}

/** Names in a message; the rest is counted. */
const namedMax = 8;

/**
 * Leaves out the workers before which an obstacle stands, obstacle by obstacle: the first that leaves none is the answer.
 * @returns null when at least one worker could run it, now or when it has room.
 */
export function findGap(needs: ClassNeeds, kinds: readonly WorkerKind[]): Gap | null {
  if (kinds.length === 0)
    return {
      cause: 'no-worker',
      text: 'no worker is there: `sluice up` starts some on this machine, `sluice worker` one',
      ...{ obstacle: null, subject: '', nearest: null },
    };
  let left = kinds;
  for (const obstacle of obstacles) {
    const past = left.filter((kind) => passes[obstacle](needs, kind));
    if (past.length === 0) {
      return {
        cause: causes[obstacle] ?? 'no-worker-fits',
        text: texts[obstacle](needs, left),
        obstacle,
        subject: subjects[obstacle]?.(needs, left) ?? obstacle,
        nearest: nearestOf(obstacle, left),
      };
    }
    left = past;
  }
  return null;
}

const causes: Partial<Record<Obstacle, Gap['cause']>> = {
  transform: 'no-worker-offers-transform',
  'closed-site': 'site-closed',
};

/** Where it is not the obstacle itself. */
const subjects: Partial<Record<Obstacle, GapText>> = {
  transform: ({ transform }) => transform,
  'closed-site': (_, kinds) => sitesOf(kinds).join(', '),
  sandbox: (_, kinds) => sitesOf(kinds).join(', '),
  ceiling: (_, kinds) => sitesOf(kinds).join(', '),
};

/** @param kinds at least one */
function nearestOf(obstacle: Obstacle, kinds: readonly WorkerKind[]): WorkerKind {
  const sizes: Partial<Record<Obstacle, (kind: WorkerKind) => [number, number]>> = {
    gpus: (kind) => [kind.gpus, kind.cores],
    cores: (kind) => [kind.cores, kind.memoryMib],
    memory: (kind) => [kind.memoryMib, kind.cores],
    disk: (kind) => [kind.diskMib ?? Infinity, kind.cores],
    walltime: (kind) => [kind.walltimeLeftSec ?? Infinity, kind.cores],
  };
  return largest(kinds, sizes[obstacle] ?? ((kind) => [kind.workers, kind.cores]));
}

type GapText = (needs: ClassNeeds, kinds: readonly WorkerKind[]) => string;

/** What each obstacle is told as, of the workers that were left before it. */
const texts: Readonly<Record<Obstacle, GapText>> = {
  mode: () => 'asks for placement mode "push", which no worker here serves',
  transform: ({ transform }, kinds) => {
    const there = distinct(kinds.flatMap((kind) => kind.transforms.map(nameOf)));
    return `no worker offers transform "${transform}" (${workersThere(kinds)}: ${named(there)})`;
  },
  site: ({ sites }, kinds) => `may only run at ${named(sites)}; workers are at ${named(sitesOf(kinds))}`,
  'avoided-site': ({ avoidSites }, kinds) =>
    `may not run at ${named(avoidSites)}; workers are at ${named(sitesOf(kinds))} only`,
  'closed-site': (_, kinds) => {
    const states = new Map(kinds.map(({ site, siteState }) => [site, siteState]));
    const [first = ''] = states.keys();
    const closed = named([...states].map(([site, state]) => `site ${site} is ${state}`));
    return `${closed}: \`sluice site open ${first}\` lets it go on`;
  },
  sandbox: (_, kinds) =>
    `${named(sitesOf(kinds).map((site) => `site ${site}`))} requires a sandbox, and no worker there offers bwrap`,
  feature: ({ features }, kinds) => {
    const there = distinct(kinds.flatMap((kind) => kind.features));
    const what = features.includes('apptainer') ? ', for its image' : '';
    return `needs ${named(features)} at the worker${what}; ${there.length === 0 ? 'none has any feature' : `there is ${named(there)}`}`;
  },
  tag: ({ tags }, kinds) => {
    const names = Object.keys(tags);
    const there = distinct(kinds.map((kind) => tagTexts(tagsOf(kind, names)).join(' ') || 'no such tag'));
    return `needs a worker with ${tagTexts(tags).join(' and ')}; there is ${named(there)}`;
  },
  preemptible: () => 'may not run on a preemptible worker; there is no other',
  gpus: ({ gpus }, kinds) => {
    const offered = most(kinds, (kind) => kind.gpus);
    const there = offered === 0 ? 'no worker offers any' : `the most that a worker has is ${offered}`;
    return `needs ${plural(gpus, 'GPU')}; ${there}`;
  },
  cores: (needs, kinds) =>
    sizeText(
      needs,
      largest(kinds, (kind) => [kind.cores, kind.memoryMib]),
    ),
  memory: (needs, kinds) =>
    sizeText(
      needs,
      largest(kinds, (kind) => [kind.memoryMib, kind.cores]),
    ),
  disk: ({ diskMib }, kinds) =>
    `needs ${gib(diskMib)} of disk; the most that a worker has is ${gib(most(kinds, (kind) => kind.diskMib ?? Infinity))}`,
  walltime: ({ walltimeSec }, kinds) => {
    const longest = most(kinds, (kind) => kind.walltimeLeftSec ?? Infinity);
    return `needs ${plural(walltimeSec ?? 0, 'second')} of walltime; the longest that a worker has left is ${plural(longest, 'second')}`;
  },
  ceiling: ceilingText,
};

/** The worker is large enough: what its site lets pull workers take is not. @param kinds at least one */
function ceilingText(needs: ClassNeeds, [kind]: readonly WorkerKind[]): string {
  const { site = '', pullCores = null, pullMemoryMib = null } = kind ?? {};
  const parts = [
    ...(pullCores === null ? [] : [plural(pullCores, 'core')]),
    ...(pullMemoryMib === null ? [] : [gib(pullMemoryMib)]),
  ];
  return `needs ${sizeOf(needs)}; site ${site} lets workers take jobs of at most ${parts.join(' and ')}`;
}

const sizeText = (needs: ClassNeeds, worker: WorkerKind): string =>
  `needs ${sizeOf(needs)}; the largest worker has ${sizeOf(worker)}, at ${worker.site}: ${missingText(needs, worker)}`;

/** By how much it does not fit. */
function missingText(needs: ClassNeeds, worker: WorkerKind): string {
  const cores = Number((needs.cores - worker.cores).toFixed(3));
  const memoryMib = needs.memoryMib - worker.memoryMib;
  const missing = [...(cores > 0 ? [plural(cores, 'core')] : []), ...(memoryMib > 0 ? [gib(memoryMib)] : [])];
  return `${missing.join(' and ')} too few`;
}

/** By the first number, then by the second. @param kinds at least one */
const largest = (kinds: readonly WorkerKind[], sizes: (kind: WorkerKind) => [number, number]): WorkerKind =>
  kinds.reduce((best, kind) => {
    const [[first, second], [bestFirst, bestSecond]] = [sizes(kind), sizes(best)];
    return first > bestFirst || (first === bestFirst && second > bestSecond) ? kind : best;
  });

const sizeOf = ({ cores, memoryMib }: { cores: number; memoryMib: number }): string =>
  `${plural(Number(cores.toFixed(3)), 'core')} and ${gib(memoryMib)}`;

const workersThere = (kinds: readonly WorkerKind[]): string => {
  const workers = kinds.reduce((total, kind) => total + kind.workers, 0);
  return workers === 1 ? '1 worker is there' : `${workers} workers are there`;
};

const tagsOf = ({ tags }: WorkerKind, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.flatMap((name) => (tags[name] === undefined ? [] : [[name, tags[name]]])));

/** `arch=x86_64`, `not arch=x86_64`. */
const tagTexts = (tags: Readonly<Record<string, string>>): string[] =>
  Object.entries(tags).map(([name, value]) =>
    value.startsWith('!') ? `not ${name}=${value.slice(1)}` : `${name}=${value}`,
  );

const gib = (mib: number): string => (mib < 1_024 ? `${mib} MiB` : `${Number((mib / 1_024).toFixed(1))} GiB`);
const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
const most = (kinds: readonly WorkerKind[], of: (kind: WorkerKind) => number): number => Math.max(...kinds.map(of));
const nameOf = (offered: string): string => offered.split('@', 1)[0] ?? offered;
const distinct = (names: readonly string[]): string[] => [...new Set(names)].sort();
const sitesOf = (kinds: readonly WorkerKind[]): string[] => distinct(kinds.map((kind) => kind.site));
const named = (names: readonly string[]): string =>
  names.length <= namedMax
    ? names.join(', ')
    : `${names.slice(0, namedMax).join(', ')} and ${names.length - namedMax} more`;
