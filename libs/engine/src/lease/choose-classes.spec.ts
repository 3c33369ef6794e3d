import { expect, test } from '@jest/globals';
import type { ReadyClass } from '../ports/lease-store.js';
import { chooseClasses } from './choose-classes.js';

const head = (classId: number, jobs = 1) => ({
  id: String(classId),
  classId,
  jobs,
  priority: 1,
  workflowNo: '1',
  task: 0,
});
const ownedBy = (owners: Record<number, string>) => (id: number) =>
  ({ id, space: 's', owner: owners[id] ?? 'alice' }) as ReadyClass;

test('classes are looked at until they have what is asked for, each kind of worker and each owner by itself', () => {
  const heads = [1, 2, 3, 4, 5, 6].map((id) => head(id));
  const near = { classes: new Set([1, 2, 3, 5, 6]), jobs: 2 };
  const far = { classes: new Set([4]), jobs: 1 };
  expect(chooseClasses(heads, [near, far], ownedBy({}))).toEqual([1, 2, 4]);
  expect(chooseClasses(heads, [near, far], ownedBy({ 6: 'bob' }))).toEqual([1, 2, 4, 6]);
  expect(chooseClasses(heads, [], ownedBy({}))).toEqual([]);
  expect(chooseClasses([head(1, 9), head(2)], [near], ownedBy({}))).toEqual([1]);
});
