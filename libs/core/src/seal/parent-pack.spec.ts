import { expect, test } from '@jest/globals';
import { noRef, packKind, refBits } from './pack.js';
import { packParents, readParentPack, type WrittenLinks } from './parent-pack.js';

const written: WrittenLinks = {
  parents: {
    start: Uint32Array.from([0, 0, 1, 3, 3]),
    refs: Uint32Array.from([0, 1, (0 | refBits.ended) >>> 0]),
  },
  group: null,
  kind: Uint8Array.from([packKind.job, packKind.barrier, packKind.job, packKind.openGroup]),
};

test('a run of jobs comes out as it went in, whatever place it starts at', () => {
  const pack = readParentPack(packParents(written, 1, 4));
  expect(pack).toMatchObject({ firstOrdinal: 1, jobs: 3, group: null });
  expect([...pack.start]).toEqual([0, 1, 3, 3]);
  expect([...pack.refs]).toEqual([0, 1, refBits.ended]);
  expect([...pack.kind]).toEqual([packKind.barrier, packKind.job, packKind.openGroup]);
});

test('groups come with it where there are any', () => {
  const group = Uint32Array.from([3, noRef, 3, noRef]);
  expect([...(readParentPack(packParents({ ...written, group }, 0, 3)).group ?? [])]).toEqual([3, noRef, 3]);
});

test.each([0, 8, 24])('%d bytes less, or another magic, is no parent pack', (cut) => {
  const bytes = packParents(written, 0, 4);
  if (cut === 0) bytes[0] = 0;
  expect(() => readParentPack(bytes.slice(0, bytes.length - cut))).toThrow('not a parent pack');
});
