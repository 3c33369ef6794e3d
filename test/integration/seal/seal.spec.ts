/** Goal: what was uploaded is what is sealed, whole or not at all, however often and in whatever order it is tried. */
import { expect, test } from '@jest/globals';
import { PostgresReadStore, PostgresSealStore } from '#adapter-postgres';
import { kindCode, stateCode } from '#core';
import { ensurePartitions, readUpload, requestSeal, sealWorkflow, storeChunk } from '#engine';
import {
  client,
  count,
  database,
  digest,
  edgesSql,
  job,
  numberOf,
  open,
  ports,
  readySql,
  rows,
  sealed,
  statesSql,
  upload,
} from './seal-trial.js';

test('a seal writes states, edges, ready rows and counts, and ends the upload', async () => {
  const { id, workflowNo, sealing } = await sealed([
    job('a'),
    job('b', { parents: ['a'], endedParents: [0] }),
    job('c', { parents: ['e'], endedParents: [0], label: 'other' }),
    job('d', { template: 'u' }),
    job('e', { label: 'other' }),
  ]);
  expect(sealing).toMatchObject({ kind: 'sealed', rootBarriers: [] });
  expect(await rows(statesSql)).toEqual([
    { ordinal: 0, task: 0, parents_left: 0, state: stateCode.ready, kind: kindCode.job },
    { ordinal: 1, task: 0, parents_left: 1, state: stateCode.waiting, kind: kindCode.job },
    { ordinal: 2, task: 1, parents_left: 2, state: stateCode.waiting, kind: kindCode.job },
    { ordinal: 3, task: 2, parents_left: 0, state: stateCode.ready, kind: kindCode.job },
    { ordinal: 4, task: 1, parents_left: 0, state: stateCode.ready, kind: kindCode.job },
  ]);
  expect(await rows(edgesSql)).toEqual([
    { ordinal: 0, on_success: [1], on_ended: [2] },
    { ordinal: 4, on_success: [2], on_ended: [] },
  ]);
  expect(await rows(readySql)).toEqual([
    { task: 0, priority: 7, jobs: 1, ordinals: [0] },
    { task: 2, priority: 500, jobs: 1, ordinals: [3] },
    { task: 1, priority: 7, jobs: 1, ordinals: [4] },
  ]);
  expect(await rows('select ordinal, total, waiting from task order by ordinal')).toEqual([
    { ordinal: 0, total: 2, waiting: 1 },
    { ordinal: 1, total: 2, waiting: 1 },
    { ordinal: 2, total: 1, waiting: 0 },
  ]);
  expect(
    await rows(
      'select state, upload_state, job_count, edge_count, submitted_at is not null as submitted from workflow',
    ),
  ).toEqual([{ state: 'running', upload_state: 'sealed', job_count: 5, edge_count: 3, submitted: true }]);
  expect(await count('upload_chunk')).toBe(0);
  expect(await rows('select 1 from workflow_command where done_at is null')).toEqual([]);
  expect(await readUpload(ports, id)).toEqual({ id, state: 'sealed', chunks: [], digests: [], refusal: null });
  expect(await sealWorkflow(ports, workflowNo)).toEqual({ kind: 'nothing' });
  expect(await count('ready')).toBe(3);
});

test('a thousand roots share ready rows of at most 400, in order', async () => {
  await sealed(Array.from({ length: 1_000 }, (_, i) => job(`j${i}`)));
  const ready = await rows<{ jobs: number; ordinals: number[] }>(readySql);
  expect(ready.map((row) => row.jobs)).toEqual([400, 400, 200]);
  expect(ready.flatMap((row) => row.ordinals)).toEqual([...Array(1_000).keys()]);
});

test('labels are shown in the order of the document, in whatever order its chunks arrived', async () => {
  const id = await open();
  const jobs = ['early', 'late', 'early', 'later'].map((label, i) => job(`j${i}`, { label }));
  await requestSeal(ports, id, await upload(id, jobs, 1, false));
  await sealWorkflow(ports, await numberOf(id));
  expect(await rows('select label from task order by ordinal')).toEqual([
    { label: 'later' },
    { label: 'early' },
    { label: 'late' },
  ]);
  const view = await new PostgresReadStore(database).workflow(id, null);
  expect(view?.tasks.map(({ label }) => label)).toEqual(['early', 'late', 'later']);
});

test('a sealing workflow takes no chunk, and a second request for its seal changes nothing', async () => {
  const id = await open();
  const request = await upload(id, [job('a')]);
  const first = await requestSeal(ports, id, request);
  expect(first).toMatchObject({ kind: 'asked', upload: { state: 'sealing' } });
  expect(await requestSeal(ports, id, request)).toEqual(first);
  expect(await requestSeal(ports, id, { ...request, jobCount: 9 })).toEqual({ kind: 'differs' });
  expect(await rows('select args from workflow_command')).toEqual([{ args: request }]);
  const late = { workflowId: id, chunkNo: 1, firstOrdinal: 1, jobs: [job('b')], sha256: digest('b') };
  expect(await storeChunk(ports, late)).toEqual({ kind: 'closed' });
  expect(await requestSeal(ports, 'w-aaaaaaaaaa', request)).toEqual({ kind: 'unknown' });
});

test('an upload whose seal nobody asked for is not sealed', async () => {
  const id = await open();
  await upload(id, [job('a')]);
  expect(await sealWorkflow(ports, await numberOf(id))).toEqual({ kind: 'nothing' });
  expect(await count('job_state')).toBe(0);
});

test('a seal that dies at any step leaves nothing to lease, and the next one writes the same', async () => {
  const jobs = Array.from({ length: 20 }, (_, i) =>
    job(`j${i}`, { parents: i % 4 === 0 ? [] : [i - 1, `j${i - (i % 4)}`] }),
  );
  const id = await open();
  await requestSeal(ports, id, await upload(id, jobs));
  const workflowNo = await numberOf(id);
  ports.step = { jobs: 3, edges: 100 };
  const whole = new PostgresSealStore(database);
  for (let steps = 0; steps <= 7; steps++) {
    await expect(sealWorkflow({ ...ports, seals: dyingAfter(whole, steps) }, workflowNo)).rejects.toThrow('died');
    expect(await count('ready')).toBe(0);
    expect(await rows("select 1 from workflow where state <> 'uploading'")).toEqual([]);
  }
  expect(await sealWorkflow(ports, workflowNo)).toMatchObject({ kind: 'sealed' });
  const repeated = await contents();
  const { workflowNo: onceNo } = await sealed(jobs);
  expect(await contents(onceNo)).toEqual(repeated);
});

/** A store whose writes fail after so many steps; the last of seven steps is followed by the visible one. */
function dyingAfter(store: PostgresSealStore, steps: number): PostgresSealStore {
  const dying = new PostgresSealStore(database);
  let left = steps;
  dying.writeStep = (workflowNo, step) =>
    left-- > 0 ? store.writeStep(workflowNo, step) : Promise.reject(new Error('died'));
  dying.complete = () => Promise.reject(new Error('died'));
  return dying;
}

/** All that a seal wrote of one workflow, as one text. */
async function contents(workflowNo = '1'): Promise<string> {
  const parts = await rows(
    `select (select json_agg(to_jsonb(s) - 'workflow_id' order by ordinal) from job_state s where workflow_id = $1) as states,
      (select json_agg(to_jsonb(e) - 'workflow_id' order by ordinal) from job_edge e where workflow_id = $1) as edges,
      (select json_agg(to_jsonb(r) - 'workflow_id' - 'id' order by id) from ready r where workflow_id = $1) as ready,
      (select json_agg(to_jsonb(t) - 'workflow_id' order by ordinal) from task t where workflow_id = $1) as tasks`,
    [workflowNo],
  );
  return JSON.stringify(parts);
}

test('two owners that seal at once write one whole', async () => {
  const jobs = Array.from({ length: 30 }, (_, i) => job(`j${i}`, { parents: i > 0 ? [i - 1] : [] }));
  const id = await open();
  await requestSeal(ports, id, await upload(id, jobs));
  const workflowNo = await numberOf(id);
  ports.step = { jobs: 4, edges: 100 };
  const outcomes = await Promise.allSettled([sealWorkflow(ports, workflowNo), sealWorkflow(ports, workflowNo)]);
  const kinds = outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value.kind : 'failed'));
  if (!kinds.includes('sealed')) await sealWorkflow(ports, workflowNo);
  expect(kinds.filter((kind) => kind === 'sealed').length).toBeLessThan(2);
  const repeated = await contents();
  expect(await contents((await sealed(jobs)).workflowNo)).toEqual(repeated);
});

test('barriers among the roots get no ready row; the seal names them until they are finished', async () => {
  const { workflowNo, sealing } = await sealed([
    job('wall', { kind: 'barrier', label: 'barrier', template: '' }),
    job('g', { kind: 'group', label: 'barrier', template: '' }),
    job('m', { group: 'g', parents: ['wall'] }),
  ]);
  expect(sealing).toEqual({ kind: 'sealed', rootBarriers: [0], classes: [] });
  expect(await count('ready')).toBe(0);
  expect(await rows(edgesSql)).toEqual([
    { ordinal: 0, on_success: [2], on_ended: [] },
    { ordinal: 2, on_success: [1], on_ended: [] },
  ]);
  expect(await sealWorkflow(ports, workflowNo)).toEqual({ kind: 'sealed', rootBarriers: [0], classes: [] });
  await client.query('update job_state set state = 3 where ordinal = 0');
  expect(await sealWorkflow(ports, workflowNo)).toEqual({ kind: 'nothing' });
  expect(await rows('select 1 from workflow_command where done_at is null')).toEqual([]);
});

test('the final job is the last ordinal, waits, and counts in its task', async () => {
  const final = { when: 'success' as const, job: job('tidy', { label: 'tidy', spec: '{"vars":{}}' }) };
  await sealed([job('a'), job('b')], { final });
  expect(await rows('select job_count, final_ordinal, final_when from workflow')).toEqual([
    { job_count: 3, final_ordinal: 2, final_when: 'success' },
  ]);
  expect((await rows(statesSql))[2]).toEqual({
    ordinal: 2,
    task: 1,
    parents_left: 1,
    state: stateCode.waiting,
    kind: kindCode.final,
  });
  expect(await rows('select name, kind, spec from job where ordinal = 2')).toEqual([
    { name: 'tidy', kind: kindCode.final, spec: '{"vars":{}}' },
  ]);
  expect(await rows("select total, waiting from task where label = 'tidy'")).toEqual([{ total: 1, waiting: 1 }]);
});

test('two names with one hash are two jobs, and their children are told apart', async () => {
  const id = await open();
  const jobs = [job('x'), job('of-x', { parents: ['x'] }), job('y'), job('of-y', { parents: ['y'] })];
  await requestSeal(ports, id, await upload(id, jobs, 1));
  // Gives y the hash of x: name hashes are words 6 (low) and 7 (high) of a pack of one job.
  await client.query(`update upload_chunk y set pack = overlay(y.pack placing substring(x.pack from 25 for 8) from 25)
    from upload_chunk x where x.chunk_no = 0 and y.chunk_no = 2`);
  expect(await sealWorkflow(ports, await numberOf(id))).toMatchObject({ kind: 'sealed' });
  expect(await rows(edgesSql)).toEqual([
    { ordinal: 0, on_success: [1], on_ended: [] },
    { ordinal: 2, on_success: [3], on_ended: [] },
  ]);
});

test('100,000 parents of one job and 100,000 children of one job are sealed', async () => {
  const width = 100_000;
  const id = await open();
  const jobs = [
    job('first'),
    ...Array.from({ length: width }, (_, i) => job(`j${i}`, { parents: ['first'] })),
    job('last', { parents: Array.from({ length: width }, (_, i) => i + 1) }),
  ];
  await requestSeal(ports, id, await upload(id, jobs, 20_000));
  expect(await sealWorkflow(ports, await numberOf(id))).toMatchObject({ kind: 'sealed' });
  const [first] = await rows('select cardinality(on_success) as children from job_edge where ordinal = 0');
  expect(first).toEqual({ children: width });
  expect(await rows('select parents_left from job_state where ordinal = $1', [width + 1])).toEqual([
    { parents_left: width },
  ]);
  expect(await rows('select sum(total)::int as total, sum(waiting)::int as waiting from task')).toEqual([
    { total: width + 2, waiting: width + 1 },
  ]);
}, 60_000);

test('one range of tables is kept ahead, and a full range is left for the next', async () => {
  await ensurePartitions(ports, 20_000_000);
  expect(await rows('select no from partition_range order by no')).toEqual([{ no: 0 }, { no: 1 }]);
  await client.query('update partition_range set jobs = 20000001 where no = 0');
  await ensurePartitions(ports, 20_000_000);
  await ensurePartitions(ports, 20_000_000);
  expect(await rows('select no from partition_range order by no')).toEqual([{ no: 0 }, { no: 1 }, { no: 2 }]);
  const { workflowNo } = await sealed([job('a')]);
  expect(workflowNo).toBe('1048576');
  expect(await rows('select tableoid::regclass::text as at from job')).toEqual([{ at: 'job_p1' }]);
});
