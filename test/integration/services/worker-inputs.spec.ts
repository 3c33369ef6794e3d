// Goal: inputs travel from a space's files to workers that share no folder with anybody; a session's token opens nothing else;
// deaths and breaks on the way leave nothing half done.
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { findTestBwrap, makeTestFolder, runSluice, type TestFolder, TestStack, until } from '#test-kit';

const oneByOne = { cores: 1, memoryMib: 64 };

let own: TestFolder;
let stack: TestStack;

beforeAll(async () => {
  own = makeTestFolder('worker-inputs');
  const store = join(own.path, 'store');
  mkdirSync(store);
  stack = await TestStack.start({ monitors: 1, environment: { SLUICE_FILE_STORE: store } });
}, 60_000);
afterEach(() => stack.stopWorkers(), 30_000);
afterAll(async () => {
  await stack.stop();
  own.remove();
}, 60_000);

/** Keeps a file by the command line. @returns what it is called in documents */
async function put(name: string, bytes: Buffer, space = 'default'): Promise<string> {
  const path = join(own.path, name);
  writeFileSync(path, bytes);
  const ended = await runSluice(stack, ['file', 'put', path, '--space', space]);
  expect(ended).toMatchObject({ code: 0 });
  return `sluice:sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

async function submit(document: object): Promise<{ code: number; id: string; said: string }> {
  const path = join(own.path, 'document.json');
  writeFileSync(path, JSON.stringify({ apiVersion: 'sluice/v1', ...document }));
  const { code, stdout, stderr } = await runSluice(stack, ['submit', path, '-o', 'id']);
  if (code !== 2 && (code !== 0 || stdout === '')) throw new Error(`submit ended with ${code}: ${stderr}`);
  return { code, id: stdout.trim(), said: stderr };
}

/** The token of the session that works in a worker's folder. */
const tokenOf = (worker: string): string => readFileSync(join(stack.folder.path, worker, 'session'), 'utf8');
const inFolder = (...path: string[]): string[] =>
  readdirSync(join(stack.folder.path, ...path), { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => each.name);

function isFetching(worker: string): boolean {
  const drafts = join(stack.folder.path, worker, 'files', 'drafts');
  return existsSync(drafts) && readdirSync(drafts).length > 0;
}

async function asked(token: string, path: string, method = 'GET'): Promise<{ status: number; code: string }> {
  const answer = await fetch(`${stack.urls[0]}/worker/v1/files/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
  });
  const body = (await answer.json().catch(() => ({}))) as { code?: string };
  return { status: answer.status, code: body.code ?? '' };
}

test(
  'inputs of the document come to two workers that share nothing, once to each',
  () =>
    stack.explained(async () => {
      const uri = await put('flat.fits', Buffer.from('flat field'));
      const raw = await put('raw', Buffer.from('raw image'));
      const { id } = await submit({
        name: 'two-sites',
        files: { 'calib/flat.fits': { uri }, unread: { uri: 'file:///nowhere' } },
        templates: {
          read: {
            command: { cmdline: 'test "$(cat calib/flat.fits raw)" = "flat fieldraw image" && sleep 0.2' },
            resources: oneByOne,
          },
        },
        jobs: Array.from({ length: 12 }, (_, no) => ({
          ...{ name: `j${no}`, inputs: ['calib/flat.fits', 'unread', { name: 'raw', uri: raw }] },
        })),
      });
      await Promise.all([stack.startWorker('near'), stack.startWorker('far')]);
      expect(await stack.end(id, 60_000)).toMatchObject({ state: 'done', finished: 12, others: {} });
      for (const worker of ['near', 'far']) expect(inFolder(worker, 'files').length).toBeLessThanOrEqual(2);
      const given = await runSluice(stack, ['export', id]);
      expect(given.stdout).toContain(`"inputs":["calib/flat.fits","unread",{"name":"raw","uri":"${raw}"}]}`);
    }),
  120_000,
);

test(
  'inputs stand in the folder of a program in a sandbox too, which cannot change what the next job gets',
  () =>
    stack.explained(async () => {
      const bwrap = await findTestBwrap();
      if (!('path' in bwrap)) return;
      const uri = await put('boxed', Buffer.from('as it is'));
      const spoil = 'test "$(cat /job/in/boxed)" = "as it is" && chmod u+w in/boxed && echo spoilt > in/boxed';
      const { id } = await submit({
        name: 'boxed',
        templates: { t: { command: { cmdline: spoil }, resources: oneByOne } },
        jobs: ['one', 'two', 'three'].map((name) => ({ name, inputs: [{ name: 'in/boxed', uri }] })),
      });
      await stack.startWorker('boxed', ['--sandbox', 'required'], { environment: { SLUICE_BWRAP: bwrap.path } });
      expect(await stack.end(id, 60_000)).toMatchObject({ state: 'done', finished: 3, others: {} });
    }),
  120_000,
);

test('a document that names a file which its space has not is refused, header and jobs', async () => {
  const none = `sluice:sha256:${'ab'.repeat(32)}`;
  const elsewhere = await put('of-others', randomBytes(100), 'elsewhere');
  const templates = { t: { transform: 'noop' } };
  const refused = [
    { files: { a: { uri: none } }, jobs: [{ name: 'j', inputs: ['a'] }] },
    { files: { a: { uri: elsewhere } }, jobs: [{ name: 'j', inputs: ['a'] }] },
    { jobs: [{ name: 'j', inputs: [{ name: 'a', uri: none }] }] },
    { jobs: [{ name: 'j' }], final: { job: { inputs: [{ name: 'a', uri: none }] } } },
  ];
  for (const document of refused) {
    const { code, said } = await submit({ name: 'refused', templates, ...document });
    expect([code, said]).toEqual([2, expect.stringContaining('the space keeps no file')]);
  }
  const files = { a: { uri: none, transfer: false } };
  expect(await submit({ name: 'by-itself', templates, files, jobs: [{ name: 'j', inputs: ['a'] }] })).toMatchObject({
    code: 0,
  });
});

test(
  "a session's token reads the inputs of what it holds, and nothing else",
  () =>
    stack.explained(async () => {
      const uri = await put('mine', Buffer.from('mine'));
      const other = await put('other', Buffer.from('of the space, and not of the job'));
      const foreign = await put('foreign', Buffer.from('of another space'), 'elsewhere');
      const [mineSum, otherSum, foreignSum] = [uri, other, foreign].map((each) => each.slice(-64));
      const { id } = await submit({
        name: 'held',
        templates: { wait: { command: { argv: ['sleep', '60'] }, resources: oneByOne } },
        jobs: [{ name: 'j', inputs: [{ name: 'mine', uri }] }],
      });
      await stack.startWorker('holder');
      await until('it is held', 30_000, async () => (await stack.leased(id)) === 1);
      await stack.startWorker('bystander');
      const [row] = await stack.rows<{ no: string }>('select id::text as no from workflow where public_id = $1', [id]);
      const job = `${row?.no}:0/1`;
      const holder = tokenOf('holder');
      expect((await asked(holder, `${job}/${mineSum}`)).status).toBe(200);
      expect((await asked(holder, `${job}/${mineSum}`, 'HEAD')).status).toBe(200);
      const hidden: [string, string][] = [
        [holder, `${job}/${otherSum}`],
        [holder, `${job}/${foreignSum}`],
        [holder, `${job}/${'ab'.repeat(32)}`],
        [holder, `${row?.no}:1/1/${mineSum}`],
        [holder, `${row?.no}:0/2/${mineSum}`],
        [holder, `9223372036854775808:0/1/${mineSum}`],
        [holder, `${job}/../${mineSum}`],
        [holder, `${job}/..%2f..%2f${mineSum}`],
        [holder, ''],
        [tokenOf('bystander'), `${job}/${mineSum}`],
      ];
      for (const [token, path] of hidden)
        expect([path, await asked(token, path)]).toEqual([path, { status: 404, code: expect.any(String) }]);
      expect((await asked('nobody', `${job}/${mineSum}`)).status).toBe(401);
      expect((await asked(stack.token, `${job}/${mineSum}`)).status).toBe(403);
      expect((await asked(holder, `${job}/${mineSum}`, 'DELETE')).status).toBe(405);
      await stack.cancel(id);
      await until('it is held no more', 30_000, async () => (await stack.leased(id)) === 0);
      expect((await asked(holder, `${job}/${mineSum}`)).status).toBe(404);
    }),
  120_000,
);

test(
  'a worker that is killed while it fetches leaves no half file, and the next one has it whole',
  () =>
    stack.explained(async () => {
      const bytes = randomBytes(200 * 1024 * 1024);
      const uri = await put('large', bytes);
      const { id } = await submit({
        name: 'killed',
        templates: { t: { command: { cmdline: `sha256sum large | grep -q ${uri.slice(-64)}` }, resources: oneByOne } },
        jobs: [{ name: 'j', inputs: [{ name: 'large', uri }] }],
      });
      const first = await stack.startWorker('mortal');
      await until('it fetches', 30_000, () => isFetching('mortal'));
      await first.stop('SIGKILL');
      await stack.startWorker('mortal');
      expect(await stack.end(id, 60_000)).toMatchObject({ state: 'done', finished: 1 });
      expect(inFolder('mortal', 'files')).toEqual([uri.slice(-64)]);
    }),
  120_000,
);

test(
  'a gateway that is killed while it sends is waited for, and the file goes on',
  () =>
    stack.explained(async () => {
      const bytes = randomBytes(200 * 1024 * 1024);
      const uri = await put('larger', bytes);
      const { id } = await submit({
        name: 'gateway-killed',
        templates: { t: { command: { cmdline: `sha256sum large | grep -q ${uri.slice(-64)}` }, resources: oneByOne } },
        jobs: [{ name: 'j', inputs: [{ name: 'large', uri }] }],
      });
      await stack.startWorker('patient');
      await until('it fetches', 30_000, () => isFetching('patient'));
      await stack.service('gateway-1').kill();
      expect(await stack.end(id, 60_000)).toMatchObject({ state: 'done', finished: 1, others: {} });
    }),
  120_000,
);
