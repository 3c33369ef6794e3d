// Goal: real services archive by policy and by order; what they archived is answered for as gone, with where it is.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { SluiceClient } from '#client';
import {
  makeTestFolder,
  runSluice,
  startTestPostgres,
  TestStack,
  until,
  type TestFolder,
  type TestPostgres,
} from '#test-kit';

/** Three seconds. */
const afterDays = 3 / 86_400;

let postgres: TestPostgres;
let stack: TestStack;
let client: SluiceClient;
let folder: TestFolder;

beforeAll(async () => {
  folder = makeTestFolder('archive');
  postgres = await startTestPostgres();
}, 60_000);
afterAll(async () => {
  await postgres.stop();
  folder.remove();
}, 60_000);

/** A stack with this policy, while `use` uses it. */
async function withPolicy(policy: string, use: () => Promise<void>): Promise<void> {
  stack = await TestStack.start({
    ...{ postgres, monitors: 1 },
    environment: { SLUICE_ARCHIVE_AFTER_DAYS: policy, SLUICE_ARCHIVE_DIR: folder.path },
  });
  client = stack.client();
  try {
    await stack.explained(use);
  } finally {
    await client.close();
    await stack.stop();
  }
}

const failing = { transform: 'command', command: { argv: ['sh', '-c', 'exit 3'] }, retry: { retries: 0 } };

async function answerOf(path: string, init: RequestInit = {}): Promise<{ status: number; body: unknown }> {
  const headers = { authorization: `Bearer ${stack.token}`, 'content-type': 'application/json' };
  const answer = await fetch(`${stack.urls[0] ?? ''}/api/v1/workflows/${path}`, { ...init, headers });
  return { status: answer.status, body: await answer.json() };
}

const isArchived = async (id: string): Promise<boolean> => (await client.workflow(id)).workflow.archived !== undefined;

test(
  'a transformer archives what ended long enough ago; what only its jobs could answer is gone, and said where to',
  () =>
    withPolicy(String(afterDays), async () => {
      await stack.startWorker('one');
      const id = await stack.submit('soon-gone', { jobs: 3, template: failing });
      await stack.end(id, 30_000);
      await until('the archive', 30_000, () => isArchived(id));

      const place = join(folder.path, id);
      expect(readdirSync(folder.path)).toEqual([id]);
      const document = gunzipSync(readFileSync(join(place, 'document.ndjson.gz'))).toString();
      expect(document.trimEnd().split('\n')).toHaveLength(4);

      const orders: [string, RequestInit][] = [
        ['jobs', {}],
        ['jobs/0/attempts', {}],
        ['jobs/0/why', {}],
        ['document', {}],
        ['errors?label=work', {}],
        ['retry', { method: 'POST', body: '{}' }],
      ];
      for (const [path, init] of orders) {
        const { status, body } = await answerOf(`${id}/${path}`, init);
        expect({ path, status, body }).toMatchObject({
          ...{ path, status: 410 },
          body: { status: 410, title: 'Archived', type: expect.stringContaining('workflow/archived') },
        });
        expect(JSON.stringify(body)).toContain(place);
        expect(JSON.stringify(body)).toContain('submit its document');
      }

      expect(await client.workflow(id)).toMatchObject({
        workflow: { state: 'failed', counts: { failed: 3 }, archived: { place } },
      });
      const errors = (await answerOf(`${id}/errors`)).body;
      expect(errors).toMatchObject({ groups: [{ jobs: 3, exitCode: 3 }] });
      const report = await runSluice(stack, ['report', id]);
      expect(report).toMatchObject({ code: 0, stdout: expect.stringContaining(place) });
      const jobs = await runSluice(stack, ['jobs', id]);
      expect(jobs).toMatchObject({ code: 4, stderr: expect.stringContaining(place) });
      expect((await runSluice(stack, ['verify'])).code).toBe(0);
    }),
  90_000,
);

test(
  'by hand: what could go is listed, a dry run archives nothing, an order does in a while, and a second says it is done',
  () =>
    withPolicy('never', async () => {
      const archive = (...args: string[]) => runSluice(stack, ['admin', 'archive', ...args]);
      expect(await archive()).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('no workflow') });
      const id = await stack.submit('by-hand', { jobs: 2, template: failing });
      expect(await archive('now', id)).toMatchObject({ code: 2, stderr: expect.stringContaining('has not ended') });
      await stack.startWorker('two');
      await stack.end(id, 30_000);

      const listed = await archive();
      expect(listed).toMatchObject({ code: 0, stdout: expect.stringMatching(/by-hand +failed +2 .* no\n$/) });
      const rehearsed = await archive('now', id, '--dry-run');
      expect(rehearsed).toMatchObject({ code: 0, stdout: expect.stringContaining(`would archive ${id}: 2 jobs`) });
      expect((await archive('now', 'w-aaaaaaaaaa')).code).toBe(4);
      expect(await isArchived(id)).toBe(false);

      const place = join(folder.path, id);
      expect(await archive('now', id)).toMatchObject({ code: 0, stdout: expect.stringContaining(place) });
      expect(readdirSync(place)).toContain('document.ndjson.gz');
      expect(await archive('now', id)).toMatchObject({ code: 0, stdout: expect.stringContaining('archived on') });
      expect((await archive('-o', 'id')).stdout).toBe('');
      expect((await archive('list', '--archived', '-o', 'id')).stdout).toBe(`${id}\n`);
      expect(JSON.parse((await archive('--archived', '-o', 'json')).stdout)).toMatchObject([{ id, place, jobs: 2 }]);
    }),
  90_000,
);
