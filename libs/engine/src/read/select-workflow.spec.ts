import { expect, test } from '@jest/globals';
import type { ReadStore, WorkflowRef } from '../ports/read-store.js';
import { selectWorkflow } from './select-workflow.js';

const ref = (id: string): WorkflowRef => ({ workflowNo: id, id });

/** Three workflows, the newest first; the last has a name that looks like the beginning of an id. */
const workflows = [
  { id: 'w-abcdefghij', name: 'survey' },
  { id: 'w-abzzzzzzzz', name: 'survey' },
  { id: 'w-kkkkkkkkkk', name: 'w-z' },
];
const store: Partial<ReadStore> = {
  workflowLast: (before) => Promise.resolve(before < workflows.length ? ref(workflows[before]?.id ?? '') : null),
  workflowsByPrefix: (prefix) =>
    Promise.resolve(workflows.filter(({ id }) => id.startsWith(prefix)).map(({ id }) => ref(id))),
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
  expect(await selectWorkflow(store as ReadStore, selector)).toEqual({ kind: 'one', workflow: ref(id) });
});

test('a prefix of two ids selects neither', async () => {
  const ids = ['w-abcdefghij', 'w-abzzzzzzzz'];
  expect(await selectWorkflow(store as ReadStore, 'w-ab')).toEqual({ kind: 'ambiguous', ids });
});

test.each(['last~3', 'last~', 'nothing', 'w-%', ''])('%p selects none', async (selector) => {
  expect(await selectWorkflow(store as ReadStore, selector)).toEqual({ kind: 'none' });
});
