import { expect, test } from '@jest/globals';
import type { CheckedJob } from '../document/checked-job.js';
import { kindCode } from '../codes.js';
import { DagBuilder, type DagResult } from './dag-builder.js';
import type { Dag } from './dag.js';
import type { DagFault } from './dag-fault.js';
import { hashName, type NameHash } from './name-hash.js';
import { noRef, packJobs, packKind, readOutsideNames, readPack, refBits } from './pack.js';
import { readParentPack } from './parent-pack.js';

const limits = { parentsOfOneJob: 1_000, edges: 10_000_000, faultsListed: 100 };

interface BuildOptions {
  chunkJobs?: number;
  collided?: Map<string, number>;
  hash?: (name: string) => NameHash;
  edgesMax?: number;
}

const job = (name: string, over: Partial<CheckedJob> = {}): CheckedJob => ({
  name,
  label: 'l',
  template: 't',
  kind: 'job',
  group: null,
  parents: [],
  endedParents: [],
  spec: null,
  ...over,
});

/** Cuts jobs in chunks, packs them, and builds the graph as a seal does. */
function build(
  jobs: CheckedJob[],
  { chunkJobs = 3, collided, hash = hashName, edgesMax }: BuildOptions = {},
): DagResult {
  const packs = [];
  let refs = 0;
  for (let from = 0; from < jobs.length; from += chunkJobs) {
    const chunk = jobs.slice(from, from + chunkJobs);
    const { bytes, edges } = packJobs({ firstOrdinal: from, jobs: chunk, tasks: chunk.map(() => 0), hash });
    packs.push(readPack(new Uint8Array(bytes)));
    refs += edges;
  }
  const size = { jobs: jobs.length, refs };
  const builder = new DagBuilder(size, { ...limits, edges: edgesMax ?? limits.edges }, collided, hash);
  packs.forEach((pack, chunkNo) => builder.add(chunkNo, pack));
  return builder.finish();
}

function whole(result: DagResult): Dag {
  if (!result.dag) throw new Error(`refused: ${JSON.stringify(result)}`);
  return result.dag;
}

function faultsOf(result: DagResult): DagFault[] {
  if (result.dag || !('faults' in result)) throw new Error('not refused for faults');
  return result.faults;
}

/** All children as 'parent>child' or 'parent~child' (ended), over steps of a few jobs. */
function edgesOf(dag: Dag, stepJobs = 4): string[] {
  const edges: string[] = [];
  for (let from = 0; from < dag.jobs;) {
    const step = dag.step(from, { jobs: stepJobs, edges: 5 });
    for (let i = 0; i < step.to - step.from; i++) {
      for (const child of step.children.subarray(step.childStart[i], step.childStart[i + 1])) {
        edges.push(`${from + i}${child & refBits.ended ? '~' : '>'}${child & refBits.value}`);
      }
    }
    from = step.to;
  }
  return edges.sort();
}

test('parents by position, by name before and after, in and across chunks, become edges', () => {
  const dag = whole(
    build([
      job('a'),
      job('b', { parents: ['a', 'e'] }),
      job('c', { parents: [0], endedParents: ['b'] }),
      job('d', { parents: ['a', 4] }),
      job('e'),
    ]),
  );
  expect(edgesOf(dag)).toEqual(['0>1', '0>2', '0>3', '1~2', '4>1', '4>3']);
  expect([...dag.step(0, { jobs: 9, edges: 99 }).parentsLeft]).toEqual([0, 2, 2, 2, 0]);
  expect([...(dag.roots().byTask.get(0) ?? [])]).toEqual([0, 4]);
  expect(dag.taskSums(2)).toEqual({
    total: Uint32Array.of(5, 0),
    waiting: Uint32Array.of(3, 0),
    first: Uint32Array.of(0, 5),
  });
});

test('a parent named by position and by name is one edge, and success wins over ended', () => {
  const dag = whole(
    build([
      job('a'),
      job('b', { parents: [0, 'a'] }),
      job('c', { endedParents: [0], parents: ['a'] }),
      job('d', { endedParents: [0, 'a'] }),
    ]),
  );
  expect(edgesOf(dag)).toEqual(['0>1', '0>2', '0~3']);
  expect(dag.edges).toBe(3);
});

test('all faults are told at once: unknown parents, repeated names, and a cycle', () => {
  const faults = faultsOf(
    build([
      job('a', { parents: ['nobody', 99] }),
      job('b', { parents: ['d'] }),
      job('a'),
      job('c', { parents: ['b'] }),
      job('d', { parents: ['c'] }),
    ]),
  );
  expect(faults).toEqual([
    { code: 'DUPLICATE_NAME', ordinal: 2, first: 0 },
    { code: 'UNKNOWN_PARENT', ordinal: 0, parent: { chunkNo: 0, index: 0 } },
    { code: 'UNKNOWN_PARENT', ordinal: 0, parent: 99 },
    { code: 'CYCLE', ordinals: [1, 3, 4], length: 3, throughGroup: false },
  ]);
});

test('an unknown name can be read again from the pack it came with', () => {
  const chunk = [job('a', { parents: ['here', 'not here'] })];
  const { bytes } = packJobs({ firstOrdinal: 1, jobs: chunk, tasks: [0] });
  const [fault] = faultsOf(build([job('here'), ...chunk], { chunkJobs: 1 }));
  expect(fault).toEqual({ code: 'UNKNOWN_PARENT', ordinal: 1, parent: { chunkNo: 1, index: 1 } });
  expect(readOutsideNames(readPack(new Uint8Array(bytes)))[1]).toBe('not here');
});

test('a job that waits for itself is a cycle of one', () => {
  expect(faultsOf(build([job('a'), job('b', { parents: ['b'] })]))).toEqual([
    { code: 'CYCLE', ordinals: [1], length: 1, throughGroup: false },
  ]);
});

test('faults are listed up to the limit and counted beyond it', () => {
  const jobs = Array.from({ length: 250 }, (_, i) => job(`j${i}`, { parents: ['nobody'] }));
  const result = build(jobs);
  expect(faultsOf(result)).toHaveLength(100);
  expect(result).toMatchObject({ counts: { UNKNOWN_PARENT: 250 } });
});

test('more parents than one job may have are refused', () => {
  const jobs = [
    ...Array.from({ length: 1_001 }, (_, i) => job(`j${i}`)),
    job('all', { parents: [...Array(1_001).keys()] }),
  ];
  expect(faultsOf(build(jobs))).toEqual([{ code: 'TOO_LARGE', ordinal: 1_001, parents: 1_001, limit: 1_000 }]);
});

test('a chain of a million jobs needs no stack, and its ends joined are a cycle of a million', () => {
  const chain = Array.from({ length: 1_000_000 }, (_, i) => job(`j${i}`, { parents: i > 0 ? [i - 1] : [] }));
  expect(whole(build(chain, { chunkJobs: 20_000 })).edges).toBe(999_999);
  chain[0] = job('j0', { parents: [999_999] });
  const [fault] = faultsOf(build(chain, { chunkJobs: 20_000 }));
  if (fault?.code !== 'CYCLE') throw new Error('no cycle found');
  expect(fault.length).toBe(1_000_000);
  expect(fault.ordinals).toHaveLength(20);
  const strays = fault.ordinals.slice(1).filter((ordinal, i) => ordinal !== ((fault.ordinals[i] ?? 0) + 1) % 1_000_000);
  expect(strays).toEqual([]);
});

test('a group waits for its members, its parents come before them, and what follows waits for the group', () => {
  const dag = whole(
    build([
      job('first'),
      job('g', { kind: 'group', parents: ['first'] }),
      job('m1', { group: 'g' }),
      job('m2', { group: 'g', parents: ['m1'] }),
      job('after', { parents: ['g'] }),
    ]),
  );
  expect(edgesOf(dag)).toEqual(['0>1', '0>2', '0>3', '1>4', '2>1', '2>3', '3>1']);
  expect([...dag.step(0, { jobs: 9, edges: 99 }).kind]).toEqual([0, kindCode.barrier, 0, 0, 0]);
});

test('a group that does not block only waits for its members to end', () => {
  const dag = whole(build([job('g', { kind: 'group', blocking: false }), job('m', { group: 'g' })]));
  expect(edgesOf(dag)).toEqual(['1~0']);
});

test('a group without members is a root barrier', () => {
  const dag = whole(build([job('g', { kind: 'group' }), job('a', { parents: ['g'] })]));
  expect([...dag.roots().barriers]).toEqual([0]);
  expect(dag.roots().byTask.size).toBe(0);
});

test('unknown groups, nested groups and edges between members of two groups are refused', () => {
  const faults = faultsOf(
    build([
      job('g', { kind: 'group' }),
      job('h', { kind: 'group', group: 'g' }),
      job('a', { group: 'g' }),
      job('b', { group: 'h', parents: ['a'] }),
      job('c', { group: 'nobody' }),
      job('d', { group: 'a' }),
    ]),
  );
  expect(faults).toEqual([
    { code: 'GROUP_NESTED', ordinal: 1 },
    { code: 'UNKNOWN_GROUP', ordinal: 4, group: { chunkNo: 1, index: 2 }, isJob: false },
    { code: 'UNKNOWN_GROUP', ordinal: 5, group: 2, isJob: true },
    { code: 'GROUP_CROSS_EDGE', ordinal: 3, parent: 2, group: 0 },
  ]);
});

test('groups that would grow the graph over its limit are refused before memory is taken for it', () => {
  const parents = Array.from({ length: 100 }, (_, i) => job(`p${i}`));
  const group = job('g', { kind: 'group', parents: parents.map((parent) => parent.name) });
  const members = Array.from({ length: 100 }, (_, i) => job(`m${i}`, { group: 'g' }));
  const result = build([...parents, group, ...members], { edgesMax: 10_000 });
  expect(result).toEqual({ dag: null, edges: 100 + 100 * 101 });
});

test('names whose hashes collide are reported, and told apart by name once they are known', () => {
  const clash = (name: string): NameHash => (name === 'x' || name === 'y' ? [1, 2] : hashName(name));
  const jobs = [job('x'), job('after-x', { parents: ['x'] }), job('y'), job('after-y', { parents: ['y'] })];
  const options = { chunkJobs: 1, hash: clash };
  expect(faultsOf(build(jobs, options))).toEqual([{ code: 'DUPLICATE_NAME', ordinal: 2, first: 0 }]);
  const collided = new Map([
    ['x', 0],
    ['y', 2],
  ]);
  expect(edgesOf(whole(build(jobs, { ...options, collided })))).toEqual(['0>1', '2>3']);
});

test('random graphs agree with a plain model', () => {
  const seed = Number(process.env['SEED'] ?? 1);
  console.log(`SEED=${seed}`);
  const random = mulberry32(seed);
  for (let round = 0; round < 300; round++) {
    const jobs = randomJobs(random, { backwards: round % 3 === 0 });
    const result = build(jobs, { chunkJobs: 1 + Math.floor(random() * 7) });
    const model = modelOf(jobs);
    if (model === null) {
      expect(faultsOf(result).map((fault) => fault.code)).toEqual(['CYCLE']);
      expectCycle(faultsOf(result)[0], jobs);
    } else {
      expect(edgesOf(whole(result), 1 + Math.floor(random() * 5))).toEqual(model);
    }
  }
});

/** Jobs with random parents among earlier ones; with `backwards` now and then a later one, so that cycles happen. */
function randomJobs(random: () => number, { backwards }: { backwards: boolean }): CheckedJob[] {
  const count = 1 + Math.floor(random() * 30);
  const pick = (below: number): number => Math.floor(random() * below);
  return Array.from({ length: count }, (_, i) => {
    const lists: Pick<CheckedJob, 'parents' | 'endedParents'> = { parents: [], endedParents: [] };
    for (let n = pick(4); n > 0; n--) {
      const parent = backwards && random() < 0.1 ? pick(count) : i > 0 ? pick(i) : -1;
      if (parent < 0) continue;
      lists[random() < 0.5 ? 'parents' : 'endedParents'].push(random() < 0.5 ? parent : `j${parent}`);
    }
    return job(`j${i}`, lists);
  });
}

/** Edges as edgesOf() prints them, or null when there is a cycle: by sets and repeated removal of roots. */
function modelOf(jobs: CheckedJob[]): string[] | null {
  const parents = jobs.map(parentsOf);
  const open = new Set(jobs.keys());
  for (let before = -1; before !== open.size;) {
    before = open.size;
    for (const i of open) if (![...(parents[i] ?? [])].some(([parent]) => open.has(parent))) open.delete(i);
  }
  if (open.size > 0) return null;
  return parents.flatMap((of, i) => [...of].map(([parent, mark]) => `${parent}${mark}${i}`)).sort();
}

function parentsOf(job: CheckedJob): Map<number, '>' | '~'> {
  const position = (ref: number | string): number => (typeof ref === 'number' ? ref : Number(ref.slice(1)));
  const found = new Map<number, '>' | '~'>(job.endedParents.map((ref) => [position(ref), '~']));
  for (const ref of job.parents) found.set(position(ref), '>');
  return found;
}

function expectCycle(fault: DagFault | undefined, jobs: CheckedJob[]): void {
  if (fault?.code !== 'CYCLE') throw new Error('no cycle');
  fault.ordinals.forEach((ordinal, i) => {
    const next = jobs[fault.ordinals[(i + 1) % fault.ordinals.length] ?? 0];
    if (next && fault.length <= 20) expect([...parentsOf(next).keys()]).toContain(ordinal);
  });
}

function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** What the steps keep of the document: parents of each job (`~`: ended), its group and its kind. */
function writtenOf(dag: Dag): { parents: string[][]; group: (number | null)[]; kind: number[] } {
  const all = { parents: [] as string[][], group: [] as (number | null)[], kind: [] as number[] };
  for (let from = 0; from < dag.jobs;) {
    const step = dag.step(from, { jobs: 2, edges: 5 });
    const pack = readParentPack(step.written);
    expect(pack.refs).toHaveLength(step.writtenEdges);
    for (let place = 0; place < pack.jobs; place++) {
      const refs = [...pack.refs.subarray(pack.start[place], pack.start[place + 1])];
      all.parents.push(refs.map((ref) => `${ref & refBits.ended ? '~' : ''}${ref & refBits.value}`));
      const group = pack.group?.[place] ?? noRef;
      all.group.push(group === noRef ? null : group);
    }
    all.kind.push(...pack.kind);
    from = step.to;
  }
  return all;
}

test('what the document says of parents and groups is kept in its order, before groups become edges', () => {
  const dag = whole(
    build([
      job('later', { parents: ['b', 0 + 1, 'a'], endedParents: ['gate', 2], group: 'g' }),
      job('a'),
      job('b', { group: 'g' }),
      job('gate', { kind: 'barrier', parents: ['a'] }),
      job('g', { kind: 'group', blocking: false, parents: ['gate'] }),
    ]),
  );
  expect(writtenOf(dag)).toEqual({
    parents: [['2', '1', '~3'], [], [], ['1'], ['3']],
    group: [4, null, 4, null, null],
    kind: [packKind.job, packKind.job, packKind.job, packKind.barrier, packKind.openGroup],
  });
});

test('a step ends before its jobs name more parents than it may hold', () => {
  const roots = Array.from({ length: 3 }, (_, i) => job(`root${i}`));
  const sinks = Array.from({ length: 4 }, (_, i) => job(`sink${i}`, { parents: [0, 1, 2] }));
  const dag = whole(build([...roots, ...sinks]));
  const step = dag.step(3, { jobs: 9, edges: 7 });
  expect([step.to, step.writtenEdges]).toEqual([5, 6]);
  expect(dag.step(3, { jobs: 9, edges: 1 }).to).toBe(4);
});
