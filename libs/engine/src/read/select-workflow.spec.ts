import { expect, test } from '@jest/globals';
import type { OwnedWorkflow, ReadStore } from '../ports/read-store.js';
import { selectWorkflow } from './select-workflow.js';

const ref = (id: string): OwnedWorkflow => ({ workflowNo: id, id, space: 's', owner: { issuer: 'i', subject: 'me' } });

/** Three workflows, the newest first; the last has a name that looks like the beginning of an id. */
const workflows = [
  { id: 'w-abcdefghij', name: 'survey' },
  { id: 'w-abzzzzzzzz', name: 'survey' },
  { id: 'w-kkkkkkkkkk', name: 'w-z' },
];
/** Patterns that were asked for, and the names that the store says fit them. */
const asked: string[] = [];
let fitting: string[] = [];
const store: Partial<ReadStore> = {
  workflowLast: (before) => Promise.resolve(before < workflows.length ? ref(workflows[before]?.id ?? '') : null),
  workflowsByPrefix: (prefix) =>
    Promise.resolve(workflows.filter(({ id }) => id.startsWith(prefix)).map(({ id }) => ref(id))),
  workflowsByPattern: (pattern, rows) => {
    asked.push(pattern);
    return Promise.resolve(fitting.slice(0, rows).map((name, at) => ({ ...ref(`w-${at}`), name })));
  },
  workflowByName: (name) => {
    const named = workflows.find((each) => each.name === name);
    return Promise.resolve(named ? ref(named.id) : null);
  },
};

test.each([
  ['last', 'w-abcdefghij'],
  ['last~1', 'w-abzzzzzzzz'],
  ['w-abcdefghij', 'w-abcdefghij'],
  ['w-abz', 'w-abzzzzzzzz'],
  ['survey', 'w-abcdefghij'],
  ['w-z', 'w-kkkkkkkkkk'],
])('%s selects %s', async (selector, id) => {
  expect(await selectWorkflow(store as ReadStore, selector, null)).toEqual({ kind: 'one', workflow: ref(id) });
});

test('a prefix of two ids selects neither', async () => {
  const ids = ['w-abcdefghij', 'w-abzzzzzzzz'];
  expect(await selectWorkflow(store as ReadStore, 'w-ab', null)).toEqual({ kind: 'several-ids', ids, more: false });
});

test.each(['last~3', 'last~', 'nothing', 'w-%', ''])('%p selects none', async (selector) => {
  expect(await selectWorkflow(store as ReadStore, selector, null)).toEqual({ kind: 'none' });
});

test('a glob selects the newest of the one name it fits', async () => {
  fitting = ['dp2-step1'];
  expect(await selectWorkflow(store as ReadStore, 'dp2-*', null)).toEqual({ kind: 'one', workflow: ref('w-0') });
  fitting = [];
  expect(await selectWorkflow(store as ReadStore, 'dp2-*', null)).toEqual({ kind: 'none' });
});

test('a glob of several names selects none of them, and lists the first five', async () => {
  fitting = ['a', 'b', 'c', 'd', 'e'];
  const found = fitting.map((name, at) => ({ id: `w-${at}`, name }));
  expect(await selectWorkflow(store as ReadStore, '?', null)).toEqual({ kind: 'several-names', found, more: false });
  fitting = [...fitting, 'f'];
  expect(await selectWorkflow(store as ReadStore, '?', null)).toEqual({ kind: 'several-names', found, more: true });
});

test('in a glob only * and ? are wild', async () => {
  asked.length = 0;
  await selectWorkflow(store as ReadStore, 'a%b_c\\d*e?f', null);
  expect(asked).toEqual(['a\\%b\\_c\\\\d%e_f']);
});
