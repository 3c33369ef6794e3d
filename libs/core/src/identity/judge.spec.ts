// Goal: every answer of judge() stands in a table that was written by hand: test/kit/access-table.ts.
import { expect, test } from '@jest/globals';
import { accessTable } from '#test-kit';
import { isOwn, judge } from './judge.js';

test('every cell of the table is as it says (G1, G2, G3)', () => {
  const wrong = accessTable.filter((cell) => judge(cell.rights, cell.policy, cell.resource) !== cell.expected);
  expect(wrong.map(({ says, expected }) => `${says}: ${expected}`)).toEqual([]);
  expect(accessTable.length).toBeGreaterThan(1_000);
});

test('one owns what was made by issuer and subject together', () => {
  const caller = { issuer: 'i', subject: 'ann', name: 'Ann', kind: 'user', groups: [], restricted: null } as const;
  expect(isOwn(caller, { issuer: 'i', subject: 'ann' })).toBe(true);
  expect(isOwn(caller, { issuer: 'j', subject: 'ann' })).toBe(false);
  expect(isOwn(caller, { issuer: 'i', subject: 'Ann' })).toBe(false);
});
