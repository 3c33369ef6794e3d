/** Goal: a chunk is stored once, as it was sent, however often and in whatever order it comes. */
import { expect, test } from '@jest/globals';
import { openUpload, readUpload, storeChunk } from '#engine';
import { count, digest, header, job, open, owner, ports, rows, upload } from './seal-trial.js';

test('the same key and header open one workflow; another header is a conflict, another owner is another workflow', async () => {
  const id = await open({}, 'k');
  expect(await open({}, 'k')).toBe(id);
  const other = { header: header({ name: 'other' }), writtenHeader: '{}', owner, space: 's', idempotencyKey: 'k' };
  expect(await openUpload(ports, other)).toEqual({ kind: 'conflict', id });
  const theirs = await openUpload(ports, { ...other, owner: { ...owner, subject: 'you' } });
  expect(theirs).toMatchObject({ kind: 'opened' });
  expect(theirs.id).not.toBe(id);
  expect(await rows('select 1 from workflow_control')).toHaveLength(2);
});

test('a public id that is taken is drawn again', async () => {
  const draws = [1, 1, 2].map((byte) => new Uint8Array(10).fill(byte));
  ports.random = () => draws.shift() ?? new Uint8Array(10);
  expect(await open()).toBe('w-bbbbbbbbbb');
  expect(await open()).toBe('w-cccccccccc');
});

test('a chunk again is the same answer, with other bytes or over another chunk it is refused, and changes nothing', async () => {
  const id = await open();
  const chunk = {
    workflowId: id,
    chunkNo: 0,
    firstOrdinal: 0,
    jobs: [job('a'), job('b', { parents: ['a'] })],
    sha256: digest('1'),
  };
  const stored = { kind: 'stored', chunk: { chunk: 0, jobs: 2, edges: 1 } };
  expect(await storeChunk(ports, chunk)).toEqual(stored);
  expect(await storeChunk(ports, chunk)).toEqual(stored);
  expect(await storeChunk(ports, { ...chunk, sha256: digest('2') })).toEqual({ kind: 'differs' });
  expect(await storeChunk(ports, { ...chunk, firstOrdinal: 9 })).toEqual({ kind: 'differs' });
  expect(await storeChunk(ports, { ...chunk, chunkNo: 1, firstOrdinal: 1 })).toEqual({ kind: 'overlaps' });
  expect(await storeChunk(ports, { ...chunk, workflowId: 'w-aaaaaaaaaa' })).toEqual({ kind: 'unknown' });
  const others = [job('c', { label: 'other' })];
  expect(await storeChunk(ports, { ...chunk, jobs: others, sha256: digest('3') })).toEqual({ kind: 'differs' });
  expect(await rows('select label from task')).toEqual([{ label: 'l' }]);
  expect(await count('job')).toBe(2);
  const digests = [digest('1').toString('hex')];
  expect(await readUpload(ports, id)).toEqual({ id, state: 'uploading', chunks: [0], digests, refusal: null });
});

test('one chunk sent many times at once is stored once, and every sender gets the same answer', async () => {
  const id = await open();
  const chunk = { workflowId: id, chunkNo: 0, firstOrdinal: 0, jobs: [job('a')], sha256: digest('1') };
  const answers = await Promise.all(Array.from({ length: 8 }, () => storeChunk(ports, chunk)));
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(await count('job')).toBe(1);
});

test('chunks that arrive together make each task once, numbered without a gap', async () => {
  const id = await open();
  const store = (chunkNo: number) => {
    const jobs = [`a${chunkNo % 2}`, `b${chunkNo % 3}`].map((label, i) => job(`j${chunkNo}.${i}`, { label }));
    return storeChunk(ports, {
      workflowId: id,
      chunkNo,
      firstOrdinal: chunkNo * 2,
      jobs,
      sha256: digest(`${chunkNo}`),
    });
  };
  await Promise.all(Array.from({ length: 12 }, (_, chunkNo) => store(chunkNo)));
  const tasks = await rows<{ ordinal: number; label: string }>('select ordinal, label from task order by ordinal');
  expect(tasks.map((task) => task.ordinal)).toEqual([0, 1, 2, 3, 4]);
  expect(tasks.map((task) => task.label).sort()).toEqual(['a0', 'a1', 'b0', 'b1', 'b2']);
  const strays = await rows(
    `select from job j join task t using (workflow_id) where t.ordinal = j.task and (j.name, t.label) not in
      (select j.name, case when j.name like '%.0' then 'a' || j.ordinal / 2 % 2 else 'b' || j.ordinal / 2 % 3 end)`,
  );
  expect(strays).toEqual([]);
});

test('a task carries its template, its class by what decides, and its budgets', async () => {
  const id = await open();
  await upload(id, [job('a'), job('b', { template: 'u' }), job('wall', { kind: 'barrier', label: '', template: '' })]);
  const tasks =
    await rows(`select t.label, t.priority, t.retries, t.infra_retries, t.template ->> 'transform' as transform,
    c.transform as class, c.cores, c.sites from task t join ready_class c on c.id = t.class_id order by t.ordinal`);
  expect(tasks).toEqual([
    { label: 'l', priority: 7, retries: 2, infra_retries: 10, transform: 'noop', class: 'noop', cores: 1, sites: [] },
    {
      label: 'l',
      priority: 500,
      retries: 0,
      infra_retries: 10,
      transform: 'command',
      class: 'command',
      cores: 4,
      sites: ['A', 'B'],
    },
    {
      label: 'barrier',
      priority: 500,
      retries: 0,
      infra_retries: 10,
      transform: 'barrier',
      class: 'barrier',
      cores: 1,
      sites: [],
    },
  ]);
  await upload(await open(), [job('a')]);
  expect(await rows('select 1 from ready_class')).toHaveLength(3);
});

test('names and specs of a full chunk arrive as they were sent, whatever they hold', async () => {
  const id = await open();
  const text = 'Größe 名前 🔭 "quoted" \\back\\ \t{x}';
  const jobs = Array.from({ length: 20_000 }, (_, i) =>
    job(`${i} ${text.repeat(i % 7)}`, {
      spec: i % 3 === 0 ? null : JSON.stringify({ n: i, text: text.repeat(i % 11) }),
    }),
  );
  jobs[7] = job('x'.repeat(4_000), { spec: JSON.stringify({ long: 'ü'.repeat(1_000_000) }) });
  await upload(id, jobs, 20_000);
  const stored = await rows<{ name: string; spec: string | null }>('select name, spec from job order by ordinal');
  expect(stored.map(({ name, spec }) => [name, spec])).toEqual(jobs.map(({ name, spec }) => [name, spec]));
});
