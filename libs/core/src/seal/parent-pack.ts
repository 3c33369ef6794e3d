import type { ParentLists } from './parent-lists.js';

/**
 * A parent pack keeps what a document said about the parents and groups of a run of its jobs, as seal resolved it, so that
 * the document can be given back: job_edge holds children, and groups have become edges there. Little-endian arrays.
 * Parents are positions with the `ended` bit of pack.ts, each once, in the order they were named.
 */
export interface ParentPack {
  firstOrdinal: number;
  jobs: number;
  /** Parents of place i: refs[start[i]] to refs[start[i + 1] - 1]. */
  start: Uint32Array;
  refs: Uint32Array;
  /** By place: ordinal of the group a job is in, or noRef; null where no job is in one. */
  group: Uint32Array | null;
  /** By place: values of packKind. */
  kind: Uint8Array;
}

/** What a whole document said, before its groups became edges. */
export interface WrittenLinks {
  parents: ParentLists;
  /** By ordinal: the group's ordinal, or noRef; null where there are no groups. */
  group: Uint32Array | null;
  kind: Uint8Array;
}

const magic = 0x31505053; // 'SPP1'
const headerWords = 5;

/** Packs the jobs from ordinal `from` up to, not including, `to`. */
export function packParents(written: WrittenLinks, from: number, to: number): Uint8Array<ArrayBuffer> {
  const { start, refs } = written.parents;
  const [firstRef, lastRef] = [start[from] ?? 0, start[to] ?? 0];
  const head = [magic, from, to - from, lastRef - firstRef, written.group === null ? 0 : 1];
  const bytes = new Uint8Array(packBytes(head));
  new Uint32Array(bytes.buffer, 0, headerWords).set(head);
  const pack = viewPack(bytes.buffer, head);
  for (let i = from; i <= to; i++) pack.start[i - from] = (start[i] ?? 0) - firstRef;
  pack.refs.set(refs.subarray(firstRef, lastRef));
  pack.kind.set(written.kind.subarray(from, to));
  if (written.group !== null) pack.group?.set(written.group.subarray(from, to));
  return bytes;
}

/**
 * Reads a parent pack. The arrays are views: `bytes` must start its buffer, and stay as it is.
 * @throws when the bytes are no parent pack: a bug or a damaged row.
 */
export function readParentPack(bytes: Uint8Array<ArrayBuffer>): ParentPack {
  if (bytes.byteOffset !== 0 || bytes.length < headerWords * 4)
    throw new Error('not a parent pack: too short, or no own buffer');
  const head = [...new Uint32Array(bytes.buffer, 0, headerWords)];
  if (head[0] !== magic || packBytes(head) !== bytes.length)
    throw new Error('not a parent pack: wrong magic or length');
  return viewPack(bytes.buffer, head);
}

function packBytes([, , jobs = 0, refs = 0, groups = 0]: number[]): number {
  return (headerWords + jobs + 1 + refs + groups * jobs) * 4 + jobs;
}

function viewPack(buffer: ArrayBuffer, [, firstOrdinal = 0, jobs = 0, refs = 0, groups = 0]: number[]): ParentPack {
  let at = headerWords * 4;
  const words = (count: number): Uint32Array => {
    const view = new Uint32Array(buffer, at, count);
    at += count * 4;
    return view;
  };
  return {
    firstOrdinal,
    jobs,
    start: words(jobs + 1),
    refs: words(refs),
    group: groups === 0 ? null : words(jobs),
    kind: new Uint8Array(buffer, at, jobs),
  };
}
