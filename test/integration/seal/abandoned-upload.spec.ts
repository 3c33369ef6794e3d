/** Goal: an upload that nobody goes on with leaves no row and no key; one that lives is left alone. */
import { expect, test } from '@jest/globals';
import { partitionCount } from '#contracts';
import { readUpload, removeAbandoned, requestSeal, sealWorkflow, storeChunk } from '#engine';
import { client, count, digest, job, numberOf, open, ports, rows, tables, upload } from './seal-trial.js';

const partitions = Array.from({ length: partitionCount }, (_, partition) => partition);
const keep = { partitions, keepHours: 24 };
const twoLabels = [job('a'), job('b', { label: 'other' }), job('c'), job('d', { parents: ['a'] })];

/** What was stored of an upload is this many hours old from now on. */
async function age(id: string, hours: number): Promise<void> {
  const past = [id, hours];
  await client.query(
    `update upload_chunk set stored_at = now() - $2 * interval '1 hour'
      where workflow_id = (select id from workflow where public_id = $1)`,
    past,
  );
  await client.query("update workflow set created_at = now() - $2 * interval '1 hour' where public_id = $1", past);
}

async function expectNothingLeft(): Promise<void> {
  for (const table of tables) expect([table, await count(table)]).toEqual([table, 0]);
  for (const table of ['workflow', 'workflow_control']) expect(await rows(`select 1 from ${table}`)).toEqual([]);
}

test('an upload without a chunk for 24 hours is removed with all its rows, and its key is free again', async () => {
  const id = await open({}, 'k');
  await upload(id, twoLabels);
  const empty = await open();
  await age(id, 25);
  await age(empty, 25);
  expect(await removeAbandoned(ports, keep)).toBe(2);
  await expectNothingLeft();
  expect(await readUpload(ports, id)).toBeNull();
  const again = await open({}, 'k');
  expect(again).not.toBe(id);
  expect(await readUpload(ports, again)).toMatchObject({ state: 'uploading', chunks: [] });
});

test('an upload that got a chunk within the time, and one that is sealed or refused, are left alone', async () => {
  const living = await open();
  await upload(living, twoLabels);
  await age(living, 25);
  const late = { workflowId: living, chunkNo: 2, firstOrdinal: 4, jobs: [job('late')], sha256: digest('late') };
  expect(await storeChunk(ports, late)).toMatchObject({ kind: 'stored' });
  const sealed = await open();
  await requestSeal(ports, sealed, await upload(sealed, twoLabels));
  await sealWorkflow(ports, await numberOf(sealed));
  const refused = await open();
  await requestSeal(ports, refused, { ...(await upload(refused, twoLabels)), jobCount: 9 });
  await sealWorkflow(ports, await numberOf(refused));
  const waiting = await open();
  await requestSeal(ports, waiting, await upload(waiting, twoLabels));
  for (const id of [sealed, refused, waiting]) await age(id, 1_000);
  expect(await removeAbandoned(ports, keep)).toBe(0);
  const states = await rows<{ state: string }>('select upload_state as state from workflow order by id');
  expect(states.map(({ state }) => state)).toEqual(['uploading', 'sealed', 'refused', 'sealing']);
  expect(await count('job')).toBe(5 + 4 + 4);
});

test('only the owner of its partition removes an upload', async () => {
  const id = await open();
  await age(id, 25);
  const own = Number(await numberOf(id)) % partitionCount;
  expect(await removeAbandoned(ports, { ...keep, partitions: partitions.filter((other) => other !== own) })).toBe(0);
  expect(await removeAbandoned(ports, { ...keep, partitions: [own] })).toBe(1);
});

test('a removal that died in the middle takes no chunk any more and is finished by the next', async () => {
  const id = await open();
  await upload(id, twoLabels, 1);
  await age(id, 25);
  let steps = 0;
  const dying = {
    uploads: ports.uploads,
    seals: {
      discardSome: async (workflowNo: string) => {
        if (steps++ === 2) throw new Error('killed');
        return ports.seals.discardSome(workflowNo);
      },
    },
  };
  await expect(removeAbandoned(dying, keep)).rejects.toThrow('killed');
  expect(await count('job')).toBe(2);
  const late = { workflowId: id, chunkNo: 9, firstOrdinal: 9, jobs: [job('late')], sha256: digest('late') };
  expect(await storeChunk(ports, late)).toEqual({ kind: 'closed' });
  expect(await removeAbandoned(ports, keep)).toBe(1);
  await expectNothingLeft();
});
