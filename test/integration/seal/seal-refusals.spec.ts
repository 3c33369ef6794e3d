/** Goal: what cannot be sealed is refused with its reason and leaves no row. */
import { expect, test } from '@jest/globals';
import { PostgresSealStore } from '#adapter-postgres';
import { type DocumentErrorCode, type SealRequest } from '#contracts';
import { type CheckedJob } from '#core';
import { readUpload, requestSeal, sealWorkflow, storeChunk } from '#engine';
import { count, database, digest, job, numberOf, open, ports, rows, sealed, tables, upload } from './seal-trial.js';

interface RefusedCase {
  code: DocumentErrorCode;
  message: string;
  jobs: CheckedJob[];
  change?: Partial<SealRequest>;
}

const refusals: RefusedCase[] = [
  {
    code: 'CYCLE',
    message: 'these jobs wait for each other: a -> c -> b -> a',
    jobs: [job('a', { parents: ['b'] }), job('b', { parents: ['c'] }), job('c', { parents: ['a'] })],
  },
  {
    code: 'DUPLICATE_NAME',
    message: 'the jobs at positions 1 and 4 are both named "b"',
    jobs: ['a', 'b', 'c', 'd', 'b'].map((name) => job(name)),
  },
  {
    code: 'UNKNOWN_PARENT',
    message: 'job "d" waits for "nobody 名", which does not exist',
    jobs: [job('a'), job('b'), job('c'), job('d', { parents: ['a', 'nobody 名'] })],
  },
  {
    code: 'UNKNOWN_PARENT',
    message: 'job "a" waits for the job at position 7, which does not exist',
    jobs: [job('a', { endedParents: [7] })],
  },
  {
    code: 'UNKNOWN_GROUP',
    message: 'job "a" is in "b", which is not a group',
    jobs: [job('a', { group: 'b' }), job('b')],
  },
  {
    code: 'GROUP_NESTED',
    message: 'the group "h" stands in a group itself',
    jobs: [job('g', { kind: 'group' }), job('h', { kind: 'group', group: 'g' })],
  },
  {
    code: 'GROUP_CROSS_EDGE',
    message: 'job "b" waits for "a", a member of another group',
    jobs: [
      job('g', { kind: 'group' }),
      job('h', { kind: 'group' }),
      job('a', { group: 'g' }),
      job('b', { group: 'h', parents: ['a'] }),
    ],
  },
  { code: 'EMPTY', message: 'the document has no jobs', jobs: [] },
  {
    code: 'COUNT_MISMATCH',
    message: 'the seal says 3 jobs, but 2 arrived',
    jobs: [job('a'), job('b')],
    change: { jobCount: 3 },
  },
  {
    code: 'COUNT_MISMATCH',
    message: 'the seal says 2 edges, but 1 arrived',
    jobs: [job('a'), job('b', { parents: [0] })],
    change: { edgeCount: 2 },
  },
  {
    code: 'COUNT_MISMATCH',
    message: 'the seal says 2 chunks, but 1 arrived',
    jobs: [job('a')],
    change: { chunkCount: 2 },
  },
  {
    code: 'HASH_MISMATCH',
    message: 'the hash over all chunks is not the one given at the seal: some chunk is not what was sent',
    jobs: [job('a')],
    change: { hash: '0'.repeat(64) },
  },
];

test.each(refusals)('$code is refused: $message', async ({ code, message, jobs, change }) => {
  const { id, workflowNo, sealing } = await sealed(jobs, {}, change);
  const refusal = { errors: [{ code, message }], counts: { [code]: 1 } };
  expect(sealing).toMatchObject({ kind: 'refused', refusal });
  expect(await readUpload(ports, id)).toMatchObject({ state: 'refused', refusal });
  for (const table of tables) expect(await count(table)).toBe(0);
  expect(await sealWorkflow(ports, workflowNo)).toEqual({ kind: 'nothing' });
});

test('a document that says it has other jobs or edges than came is refused: a part was lost before it was sent', async () => {
  const { id, sealing } = await sealed([job('a'), job('b', { parents: [0] })], { jobCount: 3, edgeCount: 2 });
  const errors = [
    { code: 'COUNT_MISMATCH', where: '/jobCount', message: 'jobCount is 3, but the document has 2' },
    { code: 'COUNT_MISMATCH', where: '/edgeCount', message: 'edgeCount is 2, but the document has 1' },
  ];
  expect(sealing).toMatchObject({ kind: 'refused', refusal: { errors, counts: { COUNT_MISMATCH: 2 } } });
  expect(await readUpload(ports, id)).toMatchObject({ state: 'refused' });
});

test('a document with just the jobs and edges that it says is sealed', async () => {
  const { sealing } = await sealed([job('a'), job('b', { parents: [0] })], { jobCount: 2, edgeCount: 1 });
  expect(sealing).toMatchObject({ kind: 'sealed' });
});

test('a workflow over a limit is refused with the limit stated', async () => {
  ports.limits = { jobs: 2, edges: 1, parentsOfOneJob: 10 };
  const { sealing } = await sealed([job('a'), job('b', { parents: [0] }), job('c', { parents: [0] })]);
  expect(sealing).toMatchObject({
    refusal: {
      errors: [
        { code: 'TOO_LARGE', message: 'the document has more than 2 jobs' },
        { code: 'TOO_LARGE', message: 'the document has more than 1 edges' },
      ],
      counts: { TOO_LARGE: 2 },
    },
  });
});

test('a job over its limit of parents is refused with the limit stated', async () => {
  ports.limits = { jobs: 10, edges: 10, parentsOfOneJob: 1 };
  const { sealing } = await sealed([job('a'), job('b'), job('c', { parents: [0, 1] })]);
  const message = 'job "c" has 2 parents; the limit is 1';
  expect(sealing).toMatchObject({ refusal: { errors: [{ code: 'TOO_LARGE', message }] } });
});

test('a missing chunk in the middle is named', async () => {
  const id = await open();
  const store = (chunkNo: number, firstOrdinal: number) =>
    storeChunk(ports, { workflowId: id, chunkNo, firstOrdinal, jobs: [job(`j${chunkNo}`)], sha256: digest('') });
  await store(0, 0);
  await store(2, 2);
  await requestSeal(ports, id, { chunkCount: 2, jobCount: 2, edgeCount: 0, hash: '0'.repeat(64) });
  expect(await sealWorkflow(ports, await numberOf(id))).toMatchObject({
    refusal: {
      errors: [{ code: 'COUNT_MISMATCH', message: 'chunk 2 starts at job 2, but the chunks before it end at 1' }],
    },
  });
  for (const table of tables) expect([table, await count(table)]).toEqual([table, 0]);
});

test('a refusal that died before its rows were gone is finished by the next call', async () => {
  const id = await open();
  await requestSeal(ports, id, await upload(id, [job('a'), job('a')]));
  const workflowNo = await numberOf(id);
  const dying = new PostgresSealStore(database);
  dying.discardSome = () => Promise.reject(new Error('died'));
  await expect(sealWorkflow({ ...ports, seals: dying }, workflowNo)).rejects.toThrow('died');
  expect(await readUpload(ports, id)).toMatchObject({ state: 'refused' });
  expect(await count('job')).toBe(2);
  await sealWorkflow(ports, workflowNo);
  expect(await count('job')).toBe(0);
  expect(await rows('select 1 from workflow_command where done_at is null')).toEqual([]);
});
