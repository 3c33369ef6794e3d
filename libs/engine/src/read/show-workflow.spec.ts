import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { WorkflowState } from '#contracts';
import type { ReadStore, TaskSnapshot, WorkflowSnapshot } from '../ports/read-store.js';
import { showWorkflow } from './show-workflow.js';
import { splitActive } from './split-active.js';

const task = (label: string, state: WorkflowState, finished: number, failed = 0): TaskSnapshot => ({
  ...{ label, state },
  counts: { total: 10, waiting: 0, ready: 0, leased: 10 - finished - failed, finished, failed },
  pausedReady: 0,
  memory: { askedMib: 1_000, nextMib: 1_000, peaks: [] },
  pausedAt: null,
  pausedBy: '',
  held: null,
});

const needsOf = (ready: WorkflowSnapshot['ready']): WorkflowSnapshot['needs'] =>
  new Map(
    ready.map(({ classId }) => [
      classId,
      {
        ...{ id: classId, transform: 'noop', cores: classId, memoryMib: 1, gpus: 0, diskMib: 0, walltimeSec: null },
        ...{ sites: [], avoidSites: [], tags: {}, features: [], mode: 'auto', preemptible: true },
        ...{ limits: [], space: 's', owner: 'o', shareId: null, workflow: '' },
      },
    ]),
  );

const snapshot = (over: Partial<WorkflowSnapshot>): WorkflowSnapshot => ({
  ...{
    id: 'w-aaaaaaaaaa',
    name: 'n',
    state: 'running',
    submittedAt: null,
    endedAt: null,
    runNo: 1,
    space: 's',
    owner: 'o',
  },
  ...{
    cancelRequested: false,
    ...{ cancelCause: null, timeoutSec: null, deadlineAt: null },
    pausedAt: null,
    pausedBy: '',
    archived: null,
    deadLetters: null,
    tasks: [],
    failedBy: new Map(),
    ready: [],
    needs: needsOf(over.ready ?? []),
    workers: [],
  },
  ...over,
});

const storeOf = (one: WorkflowSnapshot | null): ReadStore =>
  ({ workflow: () => Promise.resolve(one) }) satisfies Partial<ReadStore> as unknown as ReadStore;

const show = (over: Partial<WorkflowSnapshot>, rate: number | null = null): ReturnType<typeof showWorkflow> =>
  showWorkflow({ store: storeOf(snapshot(over)), rateOf: () => rate }, { id: 'w-aaaaaaaaaa', visible: null });

test('two templates with one label are one row, in the order of the document', async () => {
  const tasks = [task('b', 'done', 10), task('a', 'running', 3), task('b', 'failed', 0, 10)];
  const view = await show({ tasks, failedBy: new Map([['b', { error: 9, site: 1 }]]) });
  expect(view?.tasks.map(({ label, state, counts }) => [label, state, counts.total, counts.finished])).toEqual([
    ['b', 'partial', 20, 10],
    ['a', 'running', 10, 3],
  ]);
  expect(view?.workflow).toMatchObject({
    counts: { total: 30, leased: 7, finished: 13, failed: 10 },
    failedBy: { error: 9, site: 1 },
  });
});

test('what is left over the rate is the time left; an ended workflow has neither', async () => {
  const tasks = [task('a', 'running', 4)];
  expect(await show({ tasks }, 2)).toMatchObject({ rate: 2, etaSec: 3 });
  expect(await show({ tasks }, 0)).toMatchObject({ rate: 0, etaSec: null });
  expect(await show({ tasks }, null)).toMatchObject({ rate: null, etaSec: null });
  expect(await show({ tasks: [task('a', 'done', 10)], state: 'done' }, 2)).toMatchObject({ rate: null, etaSec: null });
});

test('the same gap of a label is told once, with all its jobs', async () => {
  const ready = [1, 2].map((classId) => ({ label: 'a', classId, jobs: 5 }));
  expect((await show({ ready }))?.gaps).toEqual([
    { label: 'a', jobs: 10, gap: 'no worker is there: `sluice up` starts some on this machine, `sluice worker` one' },
  ]);
});

test('an unknown workflow is null', async () => {
  expect(
    await showWorkflow({ store: storeOf(null), rateOf: () => null }, { id: 'w-aaaaaaaaaa', visible: null }),
  ).toBeNull();
});

test('whatever ready rows say, counts sum to the total and none is negative', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(1_000), { minLength: 4, maxLength: 4 }),
      fc.nat(5_000),
      ([a = 0, b = 0, c = 0, d = 0], ready) => {
        const counts = splitActive({ total: a + b + c + d, waiting: a, finished: b, failed: c }, ready);
        const parts = [counts.waiting, counts.ready, counts.leased, counts.finished, counts.failed];
        expect(parts.reduce((sum, part) => sum + part)).toBe(counts.total);
        expect(Math.min(...parts)).toBeGreaterThanOrEqual(0);
      },
    ),
  );
});

test('a paused workflow names the pause alone: no gap, no time left, and its open labels are paused', async () => {
  const tasks = [task('a', 'done', 10), task('b', 'running', 3)];
  const pausedAt = '2026-11-22T21:42:24.207Z';
  const ready = [{ label: 'b', classId: 1, jobs: 5 }];
  const view = await show({ state: 'paused', pausedAt, tasks, ready }, 5);
  expect(view).toMatchObject({ workflow: { state: 'paused', pausedAt }, gaps: [], etaSec: null, rate: 5 });
  expect(view?.tasks.map(({ state }) => state)).toEqual(['done', 'paused']);
});

test('the templates of a label tell together what its jobs used; nothing is said of one that was not measured', async () => {
  const measured = (peaks: TaskSnapshot['memory']['peaks'], nextMib: number): TaskSnapshot => ({
    ...task('a', 'done', 10),
    memory: { askedMib: 1_000, nextMib, peaks },
  });
  const tasks = [
    measured([{ peakMib: 512, jobs: 15 }], 1_000),
    measured(
      [
        { peakMib: 512, jobs: 5 },
        { peakMib: 2_048, jobs: 5 },
      ],
      2_458,
    ),
    task('b', 'done', 10),
  ];
  const view = await show({ tasks });
  expect(view?.tasks.map(({ memory }) => memory)).toEqual([
    { askedMib: 1_000, nextMib: 2_458, attempts: 25, peakMib: 2_048, neededMib: 2_458 },
    undefined,
  ]);
});
