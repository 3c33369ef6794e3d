import { expect, test } from '@jest/globals';
import type { JobNeeds } from '#core';
import type { GrantPlan } from '../ports/lease-store.js';
import { ProvenClasses } from './proven-classes.js';

/** One lease for `w` with a job of each class. */
function lease(...classes: { id: number; usualMs: number | null }[]): GrantPlan {
  const needs = ({ id: classId, usualMs }: { id: number; usualMs: number | null }): JobNeeds => {
    return { classId, usualMs, cores: 1, memoryMib: 1, gpus: 0, diskMib: null, walltimeSec: null };
  };
  const rows = classes.map((one, no) => {
    return { id: String(no), classId: one.id, jobs: 1, workflowNo: '1', task: 0, priority: 0, needs: needs(one) };
  });
  const slices = rows.map((_, row) => ({ worker: 0, row, first: 1, last: 1 }));
  return {
    rows,
    slices,
    workers: [{ session: 'w', requestId: 'r', token: 't' }],
    limits: { change: '0', charged: false },
  };
}
const unknown = (id: number) => ({ id, usualMs: null });

test('leases of several classes of unknown time are counted side by side', () => {
  const proven = new ProvenClasses();
  for (const id of [1, 2, 1, 2, 1]) proven.note(lease(unknown(id)));
  proven.note(lease(unknown(2), unknown(3)));
  expect([...(proven.of('w') ?? [])].sort()).toEqual([
    [1, 3],
    [2, 3],
    [3, 1],
  ]);
});

test('a lease of jobs whose time is known ends it, and of very many classes the latest are remembered', () => {
  const proven = new ProvenClasses();
  proven.note(lease(unknown(1), { id: 2, usualMs: 5 }));
  expect(proven.of('w')?.get(1)).toBe(1);
  proven.note(lease({ id: 2, usualMs: 5 }));
  expect(proven.of('w')).toBeNull();
  for (let id = 1; id <= 100; id += 1) proven.note(lease(unknown(id)));
  expect([proven.of('w')?.size, proven.of('w')?.get(68), proven.of('w')?.get(69)]).toEqual([32, undefined, 1]);
  proven.keep({ has: () => false });
  expect(proven.of('w')).toBeNull();
});
