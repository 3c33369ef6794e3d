// Goal: a workflow that was submitted while nobody can tell what it holds is told by its id, and not as a failure: who is told
// of one submits again.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runSluice, TestStack } from '#test-kit';

let stack: TestStack;
let file: string;
beforeAll(async () => {
  stack = await TestStack.start({ monitors: 0 });
  file = join(stack.folder.path, 'night.yaml');
  writeFileSync(
    file,
    'apiVersion: sluice/v1\nname: night\ntemplates: { t: { transform: noop } }\njobs: [{ name: j }]\n',
  );
}, 60_000);
afterAll(() => stack.stop(), 60_000);

test('the table names it and how to follow it, -o id its id; JSON has nothing to tell but says on stderr that it is in', async () => {
  // Each waits for a while: somebody might come who can tell.
  const [table, only, json] = await Promise.all([
    runSluice(stack, ['submit', file]),
    runSluice(stack, ['submit', file, '-o', 'id']),
    runSluice(stack, ['submit', file, '-o', 'json']),
  ]);
  const [, id = ''] = /^(w-\w+) {2}submitted in \d+ s\n +follow: sluice watch \1\n$/.exec(table.stdout) ?? [];
  expect(table).toMatchObject({ code: 0, stderr: expect.stringContaining(`${id} is submitted, but what it holds`) });
  expect(only).toMatchObject({ code: 0, stdout: expect.stringMatching(/^w-\w+\n$/), stderr: '' });
  expect(json).toMatchObject({ code: 5, stdout: '', stderr: expect.stringMatching(/^w-\w+ is submitted, but/m) });
  const [row] = await stack.rows<{ sealed: number }>(
    "select count(*)::int as sealed from workflow where upload_state = 'sealed'",
  );
  expect(row?.sealed).toBe(3);
}, 120_000);
