/** Goal: whatever a worker says it wrote, nothing is registered as output that lies outside the prefix of its space. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { settleBatches, type GrantedJob, type SettleStore } from '#engine';
import { batchOf, EngineRig, startTestPostgres, type TestPostgres } from '#test-kit';

let postgres: TestPostgres;
let rig: EngineRig;
let session: string;

beforeAll(async () => {
  postgres = await startTestPostgres();
}, 120_000);
afterAll(() => postgres.stop());
beforeEach(async () => {
  rig = await EngineRig.open(postgres);
  session = await rig.register();
  await rig.query(`insert into space (name, output_prefix) values ('ann', '/u/ann'), ('free', null)`);
});
afterEach(() => rig.close());

const files = (...uris: string[]) => ({ outputs: { files: uris.map((uri) => ({ name: 'o', uri, bytes: 1 })) } });

async function leased(): Promise<GrantedJob> {
  const [job] = await rig.lease(session, 1);
  if (!job) throw new Error('no job is ready');
  return job;
}

interface Ended {
  ordinal: number;
  attempt: number;
  outcome: number;
  outputs: unknown;
  message: string | null;
}

/** Every attempt that ended. */
async function attempts(): Promise<Ended[]> {
  type Row = [ordinal: number, attempt: number, outcome: number, outputs: string | null, message: string | null];
  const rows = (await rig.query(
    `select ordinal, attempt, outcome, outputs, message from attempt order by ordinal, attempt`,
  )) as Row[];
  return rows.map(([ordinal, attempt, outcome, outputs, message]) => {
    return { ordinal, attempt, outcome, outputs: outputs === null ? null : (JSON.parse(outputs) as unknown), message };
  });
}

test.each([
  ['elsewhere', files('/u/bob/x')],
  ['in a folder whose name begins alike', files('/u/anna/x')],
  ['one elsewhere among others', files('/u/ann/x', '/u/ann/y', '/etc/passwd')],
  ['by dots', files('/u/ann/../bob/x')],
  ['by an encoded way', files('/u/ann/%2e%2e/bob')],
  ['in another store', files('s3://bucket/u/ann/x')],
  ['in its own folder', files('results/x')],
  ['nowhere', { outputs: { files: [{ name: 'o' }] } }],
  ['as no list', { outputs: { files: { uri: '/u/ann/x' } } }],
  ['as null', { outputs: { files: null } }],
])('what lies %s fails its attempt and registers nothing', async (_, end) => {
  const workflowNo = await rig.submit({ space: 'ann', jobs: [{}, { parents: [0] }] });
  await rig.settle(batchOf(session, [{ job: await leased(), end }]));
  expect(await attempts()).toEqual([
    {
      ordinal: 0,
      attempt: 1,
      outcome: 4,
      outputs: null,
      message: expect.stringMatching(/^output\/(outside-space|forbidden): /),
    },
  ]);
  expect(await rig.workflowState(workflowNo)).toBe('failed');
  expect(await rig.faults()).toEqual([]);
});

test('such a failure is paid and tried again like any other, and the next attempt may do better', async () => {
  const workflowNo = await rig.submit({ space: 'ann', jobs: [{ label: 'work' }], retry: { work: { retries: 1 } } });
  await rig.settle(batchOf(session, [{ job: await leased(), end: files('/u/bob/x') }]));
  await rig.settle(batchOf(session, [{ job: await leased(), end: files('/u/ann/x') }]));
  expect(await attempts()).toMatchObject([
    { attempt: 1, outcome: 4, outputs: null },
    { attempt: 2, outcome: 3, outputs: files('/u/ann/x').outputs },
  ]);
  expect(await rig.workflowState(workflowNo)).toBe('done');
  expect(await rig.faults()).toEqual([]);
});

test('one bad end of a batch harms no other, and the batch may come again', async () => {
  await rig.submit({ space: 'ann', jobs: [{}, {}, {}] });
  const jobs = await rig.lease(session, 3);
  const uris = ['/u/ann/x', '/u/bob/x', null];
  const batch = batchOf(
    session,
    jobs.map((job) => ({ job, end: uris[job.ordinal] ? files(uris[job.ordinal] ?? '') : {} })),
  );
  await rig.settle(batch);
  const { verdicts } = await rig.settle(batch);
  expect(verdicts).toMatchObject([{ events: 3, duplicate: [0, 1, 2], stale: [] }]);
  expect(await attempts()).toMatchObject([
    { outcome: 3 },
    { outcome: 4, outputs: null },
    { outcome: 3, outputs: null },
  ]);
  expect(await rig.faults()).toEqual([]);
});

test('the prefix of today judges, also what was submitted under another one', async () => {
  await rig.submit({ space: 'ann', jobs: [{}] });
  await rig.query(`update space set output_prefix = '/v/ann' where name = 'ann'`);
  await rig.settle(batchOf(session, [{ job: await leased(), end: files('/u/ann/x') }]));
  expect(await attempts()).toMatchObject([{ outcome: 4, outputs: null }]);
});

test.each(['free', 'never made'])(
  'in a space without a prefix (%s) outputs are what the transform says',
  async (space) => {
    await rig.submit({ space, jobs: [{}] });
    await rig.settle(batchOf(session, [{ job: await leased(), end: { outputs: { files: 7 } } }]));
    expect(await attempts()).toMatchObject([{ outcome: 3, outputs: { files: 7 } }]);
  },
);

test('prefixes are asked for once a batch, and not for ends that tell of no files', async () => {
  let asked = 0;
  const counting: SettleStore = {
    settle: (partition, work) =>
      rig.settles.settle(partition, (tx) =>
        work(
          new Proxy(tx, {
            get(target, name) {
              if (name === 'outputPrefixes') asked += 1;
              const value: unknown = Reflect.get(target, name, target);
              return typeof value === 'function' ? (value.bind(target) as unknown) : value;
            },
          }),
        ),
      ),
  };
  const endAll = async (end: object): Promise<void> => {
    await rig.submit({ space: 'ann', jobs: [{}, {}, {}] });
    const batch = batchOf(
      session,
      (await rig.lease(session, 3)).map((job) => ({ job, end })),
    );
    await settleBatches(counting, batch.partition, [{ ...batch, batchId: randomUUID() }]);
  };
  await endAll({});
  await endAll({ outputs: { answer: 42 } });
  expect(asked).toBe(0);
  await endAll(files('/u/ann/x'));
  expect(asked).toBe(1);
});
