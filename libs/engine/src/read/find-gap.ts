import { type ClassNeeds, fits, offers } from '../lease/fits.js';
import type { WorkerKind } from '../ports/read-store.js';

/** Why no worker that is there can run jobs of a class, for programs and for people. */
export interface Gap {
  cause: 'no-worker' | 'no-worker-offers-transform' | 'no-worker-fits' | 'site-closed';
  text: string;
}

/** Transforms named in a message; the rest is counted. */
const namedMax = 8;

/** @returns null when at least one worker could run it, now or when it has room. */
export function findGap(needs: ClassNeeds, kinds: readonly WorkerKind[]): Gap | null {
  if (kinds.length === 0)
    return {
      cause: 'no-worker',
      text: 'no worker is there: `sluice up` starts some on this machine, `sluice worker` one',
    };
  if (needs.mode === 'push') return doesNotFit('asks for placement mode "push", which no worker here serves');
  const offering = kinds.filter((kind) => kind.transforms.some((offer) => offers(offer, needs.transform)));
  if (offering.length === 0) return noTransform(needs.transform, kinds);
  const atSite = offering.filter((kind) => needs.sites.length === 0 || needs.sites.includes(kind.site));
  if (atSite.length === 0) return doesNotFit(siteText(needs.sites, offering));
  const open = atSite.filter((kind) => kind.siteState === 'open');
  if (open.length === 0) return { cause: 'site-closed', text: closedText(atSite) };
  if (open.some((kind) => fits(needs, kind))) return null;
  const low = open.find((kind) => fits(needs, { ...kind, pullCores: null, pullMemoryMib: null }));
  return doesNotFit(low ? ceilingText(needs, low) : sizeText(needs, open));
}

const nameOf = (offered: string): string => offered.split('@', 1)[0] ?? offered;

const doesNotFit = (text: string): Gap => ({ cause: 'no-worker-fits', text });

function noTransform(transform: string, kinds: readonly WorkerKind[]): Gap {
  const workers = sum(kinds.map((kind) => kind.workers));
  const there = workers === 1 ? '1 worker is there' : `${workers} workers are there`;
  const offered = named([...new Set(kinds.flatMap((kind) => kind.transforms.map(nameOf)))].sort());
  return {
    cause: 'no-worker-offers-transform',
    text: `no worker offers transform "${transform}" (${there}: ${offered})`,
  };
}

function siteText(sites: readonly string[], kinds: readonly WorkerKind[]): string {
  const there = named([...new Set(kinds.map((kind) => kind.site))].sort());
  return `may only run at ${named(sites)}; workers are at ${there}`;
}

function closedText(kinds: readonly WorkerKind[]): string {
  const states = new Map(kinds.map(({ site, siteState }) => [site, siteState]));
  const [first = ''] = states.keys();
  const closed = named([...states].map(([site, state]) => `site ${site} is ${state}`));
  return `${closed}: \`sluice site open ${first}\` lets it go on`;
}

/** The worker is large enough: what its site lets pull workers take is not. */
function ceilingText(needs: ClassNeeds, { site, pullCores, pullMemoryMib }: WorkerKind): string {
  const parts = [
    ...(pullCores === null ? [] : [plural(pullCores, 'core')]),
    ...(pullMemoryMib === null ? [] : [gib(pullMemoryMib)]),
  ];
  return `needs ${sizeOf(needs)}; site ${site} lets workers take jobs of at most ${parts.join(' and ')}`;
}

function sizeText(needs: ClassNeeds, kinds: readonly WorkerKind[]): string {
  if (needs.gpus > 0) return `needs ${plural(needs.gpus, 'GPU')}; no worker offers any`;
  const largest = kinds.reduce((best, kind) => (isLarger(kind, best) ? kind : best));
  if (largest.cores < needs.cores || largest.memoryMib < needs.memoryMib) {
    return `needs ${sizeOf(needs)}; the largest worker has ${sizeOf(largest)}`;
  }
  const longest = Math.max(...kinds.map((kind) => kind.walltimeLeftSec ?? Infinity));
  return `needs ${plural(needs.walltimeSec ?? 0, 'second')} of walltime; the longest that a worker has left is ${plural(longest, 'second')}`;
}

const isLarger = (one: WorkerKind, other: WorkerKind): boolean =>
  one.cores !== other.cores ? one.cores > other.cores : one.memoryMib > other.memoryMib;

const sizeOf = ({ cores, memoryMib }: { cores: number; memoryMib: number }): string =>
  `${plural(Number(cores.toFixed(3)), 'core')} and ${gib(memoryMib)}`;

const gib = (mib: number): string => (mib < 1_024 ? `${mib} MiB` : `${Number((mib / 1_024).toFixed(1))} GiB`);
const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
const named = (names: readonly string[]): string =>
  names.length <= namedMax
    ? names.join(', ')
    : `${names.slice(0, namedMax).join(', ')} and ${names.length - namedMax} more`;
