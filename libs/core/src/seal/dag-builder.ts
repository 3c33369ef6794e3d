/**
 * Builds a workflow's graph from the packs of its chunks. Owns ordinals, hashes and edges; knows no name, no database.
 * B1: packs come in order and without gaps (whoever reads them has checked it).
 * B2: memory is bounded by the declared sizes: about 33 bytes a job and 8 an edge at its peak. Where more comes than was
 *     declared the arrays double, and hold up to three times as much for a moment.
 * B3: all faults are found at once; an unknown parent is left out of the search for cycles.
 */
import { DagFaultList, type DagFault, type DagFaultCode, type OutsideName } from './dag-fault.js';
import { Dag } from './dag.js';
import { findCycle } from './find-cycle.js';
import { addedGroupEdges, expandGroups } from './group-edges.js';
import { hashName } from './name-hash.js';
import { NameTable } from './name-table.js';
import { nearNames } from './near-names.js';
import { noRef, packKind, readOutsideNames, refBits, type JobPack } from './pack.js';
import { childLists, mergeParents, type ParentLists } from './parent-lists.js';

/** What will come. Who cannot know it yet declares something small: see B2. */
export interface DagSize {
  jobs: number;
  /** Parents named in all packs, before groups and repeats. */
  refs: number;
}

export interface DagLimits {
  parentsOfOneJob: number;
  /** Of the whole graph, with what groups add. */
  edges: number;
  faultsListed: number;
}

/** Names of a cycle are printed up to here. */
export const cycleNamesMax = 20;

export type DagResult =
  | { dag: Dag }
  | { dag: null; faults: DagFault[]; counts: Partial<Record<DagFaultCode, number>> }
  /** Groups would add so many edges that the graph is over its limit. */
  | { dag: null; edges: number };

/** Outside names of one chunk that no earlier chunk explained. */
interface PendingNames {
  chunkNo: number;
  /** Place of the first in the row of all pending names. */
  from: number;
  index: Uint32Array;
  low: Uint32Array;
  high: Uint32Array;
}

export class DagBuilder {
  private low: Uint32Array;
  private high: Uint32Array;
  private table: NameTable;
  private task: Uint32Array;
  private kind: Uint8Array;
  private start: Uint32Array;
  private refs: Uint32Array;
  private readonly faults: DagFaultList;
  private readonly pending: PendingNames[] = [];
  private readonly collidedHashes: Set<string>;
  /** Refs of groups; made when the first job of a group comes. */
  private groups: Uint32Array | null = null;
  private jobsIn = 0;
  private refsIn = 0;
  private pendingIn = 0;

  /** @param collided ordinals of jobs whose names differ but hash alike, by name: those are told apart by name. */
  constructor(
    size: DagSize,
    private readonly limits: DagLimits,
    private readonly collided: ReadonlyMap<string, number> = new Map(),
    private readonly hash = hashName,
  ) {
    this.low = new Uint32Array(size.jobs);
    this.high = new Uint32Array(size.jobs);
    this.table = new NameTable(this.low, this.high);
    this.task = new Uint32Array(size.jobs);
    this.kind = new Uint8Array(size.jobs);
    this.start = new Uint32Array(size.jobs + 1);
    this.refs = new Uint32Array(size.refs);
    this.faults = new DagFaultList(limits.faultsListed);
    this.collidedHashes = new Set([...collided.keys()].map((name) => hashKey(...this.hash(name))));
  }

  /** Takes the next chunk's pack. */
  add(chunkNo: number, pack: JobPack): void {
    if (pack.firstOrdinal !== this.jobsIn)
      throw new Error(`chunk ${chunkNo} starts at ${pack.firstOrdinal}, not ${this.jobsIn}`);
    this.makeRoom(this.jobsIn + pack.jobs, this.refsIn + pack.parents.length);
    this.addJobs(pack);
    const outside = this.outsideRefs(chunkNo, pack);
    this.addGroups(pack, outside);
    this.addParents(pack, outside);
    this.jobsIn += pack.jobs;
  }

  /** Resolves what is left, and checks the whole. Call it once, after the last pack. */
  finish(): DagResult {
    this.cut();
    const resolved = this.resolvePending();
    this.resolveParents(resolved);
    const groupOf = this.resolveGroups(resolved);
    const named: ParentLists = { start: this.start, refs: this.refs };
    if (groupOf !== null) {
      this.checkCrossEdges(named, groupOf);
      const edges = this.refsIn + addedGroupEdges(named, groupOf);
      if (edges > this.limits.edges) return { dag: null, edges };
    }
    // Names are settled, unless somebody has to be told of nearest(): the memory of their hashes serves as scratch.
    const isGood = this.faults.listed.length === 0;
    const scratch: [Uint32Array, Uint32Array] = isGood ? [this.low, this.high] : scratchFor(this.jobsIn);
    const written = mergeParents(named, scratch[0]);
    const parents = groupOf === null ? written : mergeParents(expandGroups(written, groupOf, this.kind), scratch[0]);
    const children = childLists(parents, scratch[0]);
    const cycle = findCycle(parents, children, scratch);
    if (cycle) this.faults.add(this.cycleFault(cycle));
    if (this.faults.listed.length > 0) return { dag: null, faults: this.faults.listed, counts: this.faults.counts };
    const links = { parents: written, group: groupOf, kind: this.kind };
    return { dag: new Dag(this.task, this.kind, parents.start, children, links) };
  }

  /**
   * The name of a job that is nearly `name`, known by its hash alone. After finish(), and only if that found faults.
   * @returns null when no job is called so
   */
  nearest(name: string): string | null {
    for (const near of nearNames(name)) {
      if (near !== name && this.find(...this.hash(near), near) >= 0) return near;
    }
    return null;
  }

  private makeRoom(jobs: number, refs: number): void {
    if (refs > this.refs.length) this.refs = grown(this.refs, Math.max(refs, this.refs.length * 2));
    if (jobs <= this.task.length) return;
    const room = Math.max(jobs, this.task.length * 2);
    [this.low, this.high, this.task] = [grown(this.low, room), grown(this.high, room), grown(this.task, room)];
    this.kind = grown(this.kind, room);
    this.start = grown(this.start, room + 1);
    this.groups &&= grown(this.groups, room).fill(noRef, this.jobsIn);
    this.table = new NameTable(this.low, this.high);
    for (let job = 0; job < this.jobsIn; job++) {
      if (!this.isCollided(this.low[job] ?? 0, this.high[job] ?? 0)) this.table.insert(job);
    }
  }

  /** Lets the arrays end where the jobs end. */
  private cut(): void {
    const jobs = this.jobsIn;
    this.task = this.task.subarray(0, jobs);
    this.kind = this.kind.subarray(0, jobs);
    this.start = this.start.subarray(0, jobs + 1);
    this.refs = this.refs.subarray(0, this.refsIn);
    this.groups &&= this.groups.subarray(0, jobs);
  }

  private addJobs(pack: JobPack): void {
    const from = this.jobsIn;
    this.low.set(pack.nameLow, from);
    this.high.set(pack.nameHigh, from);
    this.task.set(pack.task, from);
    this.kind.set(pack.kind, from);
    for (let i = 0; i < pack.jobs; i++) {
      if (this.isCollided(pack.nameLow[i] ?? 0, pack.nameHigh[i] ?? 0)) continue;
      const first = this.table.insert(from + i);
      if (first >= 0) this.faults.add({ code: 'DUPLICATE_NAME', ordinal: from + i, first });
    }
  }

  private addParents(pack: JobPack, outside: Uint32Array): void {
    let at = 0;
    for (let i = 0; i < pack.jobs; i++) {
      const count = pack.parentCount[i] ?? 0;
      if (count > this.limits.parentsOfOneJob) {
        const limit = this.limits.parentsOfOneJob;
        this.faults.add({ code: 'TOO_LARGE', ordinal: this.jobsIn + i, parents: count, limit });
      }
      for (const end = at + count; at < end; at++) {
        const ref = pack.parents[at] ?? 0;
        this.refs[this.refsIn++] = isNamed(ref)
          ? ((outside[ref & refBits.value] ?? 0) | (ref & refBits.ended)) >>> 0
          : ref;
      }
      this.start[this.jobsIn + i + 1] = this.refsIn;
    }
  }

  private addGroups(pack: JobPack, outside: Uint32Array): void {
    for (let i = 0; i < pack.jobs; i++) {
      const ref = pack.group[i] ?? noRef;
      if (ref === noRef) continue;
      this.groups ??= new Uint32Array(this.task.length).fill(noRef);
      this.groups[this.jobsIn + i] = isNamed(ref) ? (outside[ref & refBits.value] ?? 0) : ref;
    }
  }

  /** A ref for each outside name of a pack: its position where an earlier chunk has it, else its place among the pending. */
  private outsideRefs(chunkNo: number, pack: JobPack): Uint32Array {
    const refs = new Uint32Array(pack.outsideLow.length);
    const unknown: number[] = [];
    const from = this.pendingIn;
    const names = this.collided.size > 0 ? readOutsideNames(pack) : [];
    for (let i = 0; i < refs.length; i++) {
      const position = this.find(pack.outsideLow[i] ?? 0, pack.outsideHigh[i] ?? 0, names[i]);
      if (position >= 0) refs[i] = position;
      else refs[i] = (refBits.named | (from + unknown.push(i) - 1)) >>> 0;
    }
    this.pendingIn += unknown.length;
    if (unknown.length > 0) {
      const index = Uint32Array.from(unknown);
      const low = index.map((i) => pack.outsideLow[i] ?? 0);
      const high = index.map((i) => pack.outsideHigh[i] ?? 0);
      this.pending.push({ chunkNo, from, index, low, high });
    }
    return refs;
  }

  private find(low: number, high: number, name?: string): number {
    if (name !== undefined && this.isCollided(low, high)) return this.collided.get(name) ?? -1;
    return this.table.find(low, high);
  }

  private isCollided(low: number, high: number): boolean {
    return this.collidedHashes.size > 0 && this.collidedHashes.has(hashKey(low, high));
  }

  /** @returns positions of the pending names, noRef where no job has the name. */
  private resolvePending(): Uint32Array {
    const resolved = new Uint32Array(this.pendingIn);
    for (const { from, low, high } of this.pending) {
      for (let i = 0; i < low.length; i++) {
        // A collided name would have been found by its text when its pack came.
        const position = this.isCollided(low[i] ?? 0, high[i] ?? 0) ? -1 : this.table.find(low[i] ?? 0, high[i] ?? 0);
        resolved[from + i] = position < 0 ? noRef : position;
      }
    }
    return resolved;
  }

  private resolveParents(resolved: Uint32Array): void {
    for (let job = 0; job < this.jobsIn; job++) {
      for (let i = this.start[job] ?? 0, end = this.start[job + 1] ?? 0; i < end; i++) {
        const ref = this.refs[i] ?? 0;
        const position = isNamed(ref) ? (resolved[ref & refBits.value] ?? noRef) : ref & refBits.value;
        if (position < this.jobsIn) {
          this.refs[i] = (position | (ref & refBits.ended)) >>> 0;
        } else {
          this.faults.add({ code: 'UNKNOWN_PARENT', ordinal: job, parent: this.nameOf(ref) });
          this.refs[i] = noRef;
        }
      }
    }
  }

  private resolveGroups(resolved: Uint32Array): Uint32Array | null {
    const groups = this.groups;
    if (groups === null) return null;
    for (let job = 0; job < this.jobsIn; job++) {
      const ref = groups[job] ?? noRef;
      if (ref === noRef) continue;
      const group = isNamed(ref) ? (resolved[ref & refBits.value] ?? noRef) : ref;
      const known = group < this.jobsIn && isGroup(this.kind[group] ?? 0);
      const isJob = group < this.jobsIn;
      if (!known) this.faults.add({ code: 'UNKNOWN_GROUP', ordinal: job, group: this.nameOf(ref), isJob });
      else if (isGroup(this.kind[job] ?? 0)) this.faults.add({ code: 'GROUP_NESTED', ordinal: job });
      groups[job] = known && !isGroup(this.kind[job] ?? 0) ? group : noRef;
    }
    return groups;
  }

  private checkCrossEdges({ start, refs }: ParentLists, groupOf: Uint32Array): void {
    for (let job = 0; job < this.jobsIn; job++) {
      const group = groupOf[job] ?? noRef;
      if (group === noRef) continue;
      for (let i = start[job] ?? 0, end = start[job + 1] ?? 0; i < end; i++) {
        const ref = refs[i] ?? noRef;
        if (ref === noRef) continue;
        const parent = ref & refBits.value;
        const other = groupOf[parent] ?? noRef;
        if (other === noRef || other === group) continue;
        this.faults.add({ code: 'GROUP_CROSS_EDGE', ordinal: job, parent, group: other });
      }
    }
  }

  private cycleFault(cycle: Uint32Array): DagFault {
    const throughGroup = cycle.some((job) => isGroup(this.kind[job] ?? 0));
    return { code: 'CYCLE', ordinals: [...cycle.slice(0, cycleNamesMax)], length: cycle.length, throughGroup };
  }

  /** What a ref that was not resolved said. */
  private nameOf(ref: number): number | OutsideName {
    const place = ref & refBits.value;
    if (!isNamed(ref)) return place;
    const block = this.pending.findLast(({ from }) => from <= place);
    if (!block) throw new Error(`no pending name at ${place}`);
    return { chunkNo: block.chunkNo, index: block.index[place - block.from] ?? 0 };
  }
}

const isNamed = (ref: number): boolean => ref >= refBits.named;
const isGroup = (kind: number): boolean => kind === packKind.group || kind === packKind.openGroup;
const hashKey = (low: number, high: number): string => `${low}:${high}`;
const scratchFor = (jobs: number): [Uint32Array, Uint32Array] => [new Uint32Array(jobs), new Uint32Array(jobs)];

function grown<T extends Uint32Array | Uint8Array>(array: T, length: number): T {
  const larger = (array instanceof Uint32Array ? new Uint32Array(length) : new Uint8Array(length)) as T;
  larger.set(array);
  return larger;
}
