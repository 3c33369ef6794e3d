import type { CheckedJob } from '../document/checked-job.js';
import { hashName, type NameHash } from './name-hash.js';

/**
 * A pack is what one uploaded chunk says about its jobs' names, tasks, kinds, groups and parents: little-endian typed
 * arrays that seal reads instead of rows (docs/adr/0002). It holds no job's own name, only its hash.
 * P1: a parent or group named in the same chunk is a position already; only names from outside are hashes.
 * P2: the texts of those outside names lie at the end, and are read only to print an error or to settle a collision.
 */
export interface JobPack {
  firstOrdinal: number;
  jobs: number;
  nameLow: Uint32Array;
  nameHigh: Uint32Array;
  task: Uint32Array;
  /** A ref, or noRef. */
  group: Uint32Array;
  /** Number of refs of each job in `parents`. */
  parentCount: Uint32Array;
  parents: Uint32Array;
  outsideLow: Uint32Array;
  outsideHigh: Uint32Array;
  /** Values of packKind. */
  kind: Uint8Array;
  /** JSON text (UTF-8): the names behind outsideLow and outsideHigh, in order. */
  outsideNames: Uint8Array;
}

export const packKind = { job: 0, barrier: 1, group: 2, openGroup: 3 } as const;

/**
 * A ref names a parent or a group in 32 bits: `position`, or `named` + index of an outside name; with `ended` set the
 * parent must only end.
 */
export const refBits = { named: 0x8000_0000, ended: 0x4000_0000, value: 0x3fff_ffff } as const;
export const noRef = 0xffff_ffff;

const magic = 0x314b5053; // 'SPK1'
const headerWords = 6;

export interface PackInput {
  firstOrdinal: number;
  jobs: readonly CheckedJob[];
  /** Task of each job, by its place in `jobs`. */
  tasks: readonly number[];
  /** For tests of collisions only. */
  hash?: (name: string) => NameHash;
}

/** @returns the pack's bytes, and the number of parents named in it. */
export function packJobs({ firstOrdinal, jobs, tasks, hash = hashName }: PackInput): {
  bytes: Uint8Array<ArrayBuffer>;
  edges: number;
} {
  const edges = jobs.reduce((sum, job) => sum + job.parents.length + job.endedParents.length, 0);
  const refs = new RefCoder(firstOrdinal, jobs);
  const parents = new Uint32Array(edges);
  const group = new Uint32Array(jobs.length).fill(noRef);
  let at = 0;
  jobs.forEach((job, i) => {
    for (const parent of job.parents) parents[at++] = refs.code(parent);
    for (const parent of job.endedParents) parents[at++] = (refs.code(parent) | refBits.ended) >>> 0;
    if (job.group !== null) group[i] = refs.code(job.group);
  });
  const outside = [...refs.outside.keys()];
  const outsideNames = new TextEncoder().encode(JSON.stringify(outside));
  const head = [magic, firstOrdinal, jobs.length, edges, outside.length, outsideNames.length];
  const bytes = new Uint8Array(packBytes(head));
  const pack = viewPack(bytes.buffer, head);
  pack.task.set(tasks);
  pack.group.set(group);
  pack.parents.set(parents);
  pack.outsideNames.set(outsideNames);
  jobs.forEach((job, i) => {
    [pack.nameLow[i], pack.nameHigh[i]] = hash(job.name);
    pack.parentCount[i] = job.parents.length + job.endedParents.length;
    pack.kind[i] = kindOf(job);
  });
  outside.forEach((name, i) => {
    [pack.outsideLow[i], pack.outsideHigh[i]] = hash(name);
  });
  new Uint32Array(bytes.buffer, 0, headerWords).set(head);
  return { bytes, edges };
}

/**
 * Reads a pack. The arrays are views: `bytes` must start its buffer, and stay as it is.
 * @throws when the bytes are no pack: a bug or a damaged row.
 */
export function readPack(bytes: Uint8Array<ArrayBuffer>): JobPack {
  if (bytes.byteOffset !== 0 || bytes.length < headerWords * 4)
    throw new Error('not a job pack: too short, or no own buffer');
  const head = [...new Uint32Array(bytes.buffer, 0, headerWords)];
  if (head[0] !== magic || packBytes(head) !== bytes.length) throw new Error('not a job pack: wrong magic or length');
  return viewPack(bytes.buffer, head);
}

/** The texts of a pack's outside names, in order. */
export function readOutsideNames(pack: JobPack): string[] {
  return JSON.parse(new TextDecoder().decode(pack.outsideNames)) as string[];
}

/** Turns parents into refs, and collects the names that are not in the chunk. */
class RefCoder {
  readonly outside = new Map<string, number>();
  private readonly positions: Map<string, number>;

  constructor(firstOrdinal: number, jobs: readonly CheckedJob[]) {
    this.positions = new Map(jobs.map((job, i) => [job.name, firstOrdinal + i]));
  }

  code(parent: number | string): number {
    const position = typeof parent === 'number' ? parent : this.positions.get(parent);
    // A position past every limit stays past it: seal refuses it as unknown.
    return position !== undefined
      ? Math.min(position, refBits.value)
      : (refBits.named | this.outsideIndex(String(parent))) >>> 0;
  }

  private outsideIndex(name: string): number {
    const known = this.outside.get(name);
    if (known !== undefined) return known;
    this.outside.set(name, this.outside.size);
    return this.outside.size - 1;
  }
}

function kindOf(job: CheckedJob): number {
  return job.kind === 'group' && job.blocking === false ? packKind.openGroup : packKind[job.kind];
}

function packBytes([, , jobs = 0, edges = 0, outside = 0, outsideNamesBytes = 0]: number[]): number {
  return (headerWords + jobs * 5 + edges + outside * 2) * 4 + jobs + outsideNamesBytes;
}

function viewPack(buffer: ArrayBuffer, head: number[]): JobPack {
  const [, firstOrdinal = 0, jobs = 0, edges = 0, outside = 0, outsideNamesBytes = 0] = head;
  let at = headerWords * 4;
  const words = (count: number): Uint32Array => {
    const view = new Uint32Array(buffer, at, count);
    at += count * 4;
    return view;
  };
  return {
    firstOrdinal,
    jobs,
    nameLow: words(jobs),
    nameHigh: words(jobs),
    task: words(jobs),
    group: words(jobs),
    parentCount: words(jobs),
    parents: words(edges),
    outsideLow: words(outside),
    outsideHigh: words(outside),
    kind: new Uint8Array(buffer, at, jobs),
    outsideNames: new Uint8Array(buffer, at + jobs, outsideNamesBytes),
  };
}
