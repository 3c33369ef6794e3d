import { expect, test } from '@jest/globals';
import type { CheckedJob } from '../document/checked-job.js';
import { hashName } from './name-hash.js';
import { noRef, packJobs, packKind, readOutsideNames, readPack, refBits } from './pack.js';

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

function packed(firstOrdinal: number, jobs: CheckedJob[]): ReturnType<typeof readPack> {
  const { bytes } = packJobs({ firstOrdinal, jobs, tasks: jobs.map((_, i) => i) });
  return readPack(new Uint8Array(bytes));
}

test('names of the same chunk are positions, names from outside are kept once with their text', () => {
  const pack = packed(10, [
    job('a', { parents: ['b', 'far'], endedParents: ['far away', 3] }),
    job('b', { parents: ['far'] }),
  ]);
  expect([...pack.parents]).toEqual([
    11,
    refBits.named,
    (refBits.named | refBits.ended | 1) >>> 0,
    3 | refBits.ended,
    refBits.named,
  ]);
  expect([...pack.parentCount]).toEqual([4, 1]);
  expect(readOutsideNames(pack)).toEqual(['far', 'far away']);
  expect([pack.outsideLow[1], pack.outsideHigh[1]]).toEqual([...hashName('far away')]);
});

test('kinds, groups and tasks come back', () => {
  const pack = packed(0, [
    job('g', { kind: 'group' }),
    job('open', { kind: 'group', blocking: false }),
    job('wall', { kind: 'barrier' }),
    job('m', { group: 'g' }),
  ]);
  expect([...pack.kind]).toEqual([packKind.group, packKind.openGroup, packKind.barrier, packKind.job]);
  expect([...pack.group]).toEqual([noRef, noRef, noRef, 0]);
  expect([...pack.task]).toEqual([0, 1, 2, 3]);
});

test('a pack at the start of a larger buffer reads the same', () => {
  const { bytes } = packJobs({ firstOrdinal: 0, jobs: [job('ä', { parents: ['naïve 名'] })], tasks: [7] });
  const larger = new Uint8Array(bytes.length + 100).fill(0xff);
  larger.set(bytes);
  const pack = readPack(new Uint8Array(larger.buffer, 0, bytes.length));
  expect(readOutsideNames(pack)).toEqual(['naïve 名']);
  expect([...pack.task]).toEqual([7]);
});

test('an empty chunk packs, and bytes that are no pack are refused', () => {
  expect(packed(0, []).jobs).toBe(0);
  expect(() => readPack(new Uint8Array(8))).toThrow('not a job pack');
  expect(() => readPack(new Uint8Array(64))).toThrow('not a job pack');
});

test('hashes stay what they are: packs in a database hold them', () => {
  expect(hashName('isr_1')).toEqual([2915663073, 3102955257]);
});

test('similar names do not repeat a hash, nor crowd one half', () => {
  const low = new Set<number>();
  const whole = new Set<number>();
  for (let i = 0; i < 200_000; i++) {
    const [l, h] = hashName(`makeWarp_${i}`);
    low.add(l);
    whole.add((h & 0xf_ffff) * 2 ** 32 + l); // 52 bits: what a number holds exactly
  }
  expect(whole.size).toBe(200_000);
  expect(low.size).toBeGreaterThan(199_980); // 5 repeats are expected of 200,000 random 32-bit numbers
});
