// Goal: a query means the same jobs wherever it is given: in a list, in error groups, in orders. Compared with all jobs, read plainly.
import { randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from '@jest/globals';
import type {
  CancelAnswer,
  ErrorGroups,
  JobPage,
  JobView,
  LeaseAnswer,
  PauseAnswer,
  RegisterAnswer,
  RetryAnswer,
  WorkflowPage,
} from '#contracts';
import {
  call,
  endSession,
  jsonOf,
  openUpload,
  problemOf,
  putChunk,
  sha256,
  show,
  submit,
  until,
} from './gateway-trial.js';

const labels = ['isr', 'coadd', 'the "merge", all'];
let id: string;
let open: string;
let jobs: JobView[];

const path = (of: string, rest: string, query: string): string =>
  `/api/v1/workflows/${of}/${rest}?limit=1000&query=${encodeURIComponent(query)}`;
const listed = async (of: string, query: string): Promise<JobView[]> =>
  (await jsonOf<JobPage>(call('GET', path(of, 'jobs', query)))).jobs;

/** A workflow of 24 jobs, 8 of each label; those of odd ordinals ran at site A, the others at B. */
async function submitLabels(name: string): Promise<string> {
  const templates = { work: { transform: 'noop' } };
  const opened = await jsonOf<{ id: string }>(
    call('POST', '/api/v1/workflows', { json: { apiVersion: 'sluice/v1', name, templates } }),
    201,
  );
  const lines = Array.from({ length: 24 }, (_, i) => `${JSON.stringify({ name: `j${i}`, label: labels[i % 3] })}\n`);
  const body = lines.join('');
  await jsonOf(putChunk(opened.id, 0, body));
  const seal = { chunkCount: 1, jobCount: 24, edgeCount: 0, hash: sha256(sha256(body)).toString('hex') };
  await jsonOf(call('POST', `/api/v1/workflows/${opened.id}/seal`, { json: seal }), 202);
  return opened.id;
}

async function registerAt(site: string): Promise<RegisterAnswer> {
  const offer = { worker: 'w', cores: 8, memoryMib: 65_536, walltimeSec: null, tags: {}, transforms: ['noop@1'] };
  return jsonOf(call('POST', '/worker/v1/sessions', { json: { site, ...offer } }), 201);
}

/** Ends at most `max` jobs: every third finishes, the others fail with exit 1, 2 or 137. */
async function endSome(worker: RegisterAnswer, max: number): Promise<number> {
  const free = { cores: 8, memoryMib: 65_536, walltimeLeftSec: null };
  const ask = { requestId: randomUUID(), free, max, waitSec: 5 };
  const answer = await jsonOf<LeaseAnswer>(call('POST', '/worker/v1/lease', { json: ask, token: worker.token }));
  const [task] = answer.tasks;
  if (!answer.lease || !task) return 0;
  const events = answer.jobs.map(({ ordinal, attempt }) => ({
    ...{ lease: 0, job: `${task.workflowNo}:${ordinal}`, attempt, startedAtMs: Date.now(), endedAtMs: Date.now() },
    ...(ordinal % 4 === 0
      ? { outcome: 'finished', exitCode: 0 }
      : { outcome: 'failed', reason: 'error', exitCode: [137, 1, 2][ordinal % 3], message: `fault ${ordinal % 3}` }),
  }));
  const ids = { batchId: randomUUID(), session: worker.session, partition: task.partition };
  const report = { ...ids, leases: [answer.lease], events };
  await until(async () => {
    const told = await jsonOf<{ state: string }>(
      call('POST', '/worker/v1/report', { json: report, token: worker.token }),
    );
    return told.state === 'settled';
  });
  return events.length;
}

beforeAll(async () => {
  id = await submitLabels('queries-ended');
  await until(async () => (await show(id)).workflow.counts.ready === 24);
  const [a, b] = [await registerAt('A'), await registerAt('B')];
  await endSome(a, 10);
  for (let ended = 1; ended > 0;) {
    ended = (await show(id)).workflow.counts.ready > 0 ? await endSome(b, 100) : 0;
  }
  await Promise.all([endSession(a), endSession(b)]);
  await until(async () => (await show(id)).workflow.endedAt !== null);
  open = await submitLabels('queries-open');
  await until(async () => (await show(open)).workflow.counts.ready === 24);
  jobs = await listed(id, '');
  expect(jobs).toHaveLength(24);
  expect(new Set(jobs.map(({ site }) => site))).toEqual(new Set(['A', 'B']));
}, 60_000);

const cases: [string, (job: JobView) => boolean][] = [
  ['label:isr', ({ label }) => label === 'isr'],
  ['-label:isr', ({ label }) => label !== 'isr'],
  ['label:isr,coadd -label:coadd', ({ label }) => label === 'isr'],
  ['label:nowhere', () => false],
  ['-label:nowhere', () => true],
  ['label:"the \\"merge\\", all"', ({ label }) => label === labels[2]],
  ["label:isr';--,%", () => false],
  ['state:finished', ({ state }) => state === 'finished'],
  ['-state:finished', ({ state }) => state !== 'finished'],
  ['exit:137', ({ exitCode }) => exitCode === 137],
  ['exit:>=2', ({ exitCode }) => (exitCode ?? -1) >= 2],
  ['-exit:0', ({ exitCode }) => exitCode !== 0],
  ['site:A', ({ site }) => site === 'A'],
  ['-site:A', ({ site }) => site !== 'A'],
  ['-site:nowhere', () => true],
  ['reason:error', ({ reason }) => reason === 'error'],
  ['-reason:error', ({ reason }) => reason !== 'error'],
  ['reason:error -exit:137', ({ reason, exitCode }) => reason === 'error' && exitCode !== 137],
  ['reason:error -site:B label:coadd', (job) => job.reason === 'error' && job.site !== 'B' && job.label === 'coadd'],
  ['job:3,j5,isr/j6', ({ ordinal }) => [3, 5, 6].includes(ordinal)],
  ['job:3,4 state:failed', ({ ordinal }) => ordinal === 3],
];

test.each(cases)('%s', async (query, isMeant) => {
  const meant = jobs.filter(isMeant).map(({ ordinal }) => ordinal);
  expect((await listed(id, query)).map(({ ordinal }) => ordinal)).toEqual(meant);
  const failed = jobs.filter((job) => job.state === 'failed' && isMeant(job)).length;
  const groups = await call('GET', path(id, 'errors', query));
  const retried = await call('POST', `/api/v1/workflows/${id}/retry`, { json: { query, dryRun: true } });
  if (query.includes('state:finished')) {
    const status = query.startsWith('-') ? 200 : 400;
    expect([groups.status, retried.status]).toEqual([status, status]);
    return;
  }
  expect(((await groups.json()) as ErrorGroups).groupedJobs).toBe(failed);
  if (failed === 0) expect(retried.status).toBe(404);
  else expect(((await retried.json()) as RetryAnswer).retried).toBe(failed);
});

test('an error group is meant by its name, and turned around', async () => {
  const { groups } = await jsonOf<ErrorGroups>(call('GET', path(id, 'errors', '')));
  const [first] = groups;
  expect(groups.length).toBeGreaterThan(2);
  expect(await listed(id, 'group:e1')).toHaveLength(first?.jobs ?? 0);
  expect(await listed(id, '-group:e1')).toHaveLength(24 - (first?.jobs ?? 0));
  const others = await jsonOf<ErrorGroups>(call('GET', path(id, 'errors', '-group:e1')));
  expect(others.groups.map(({ name }) => name)).toEqual(groups.slice(1).map(({ name }) => name));
  expect(await problemOf(call('GET', path(id, 'jobs', 'group:e99')))).toMatchObject({ status: 404 });
});

test('a query stands beside other conditions: both must hold', async () => {
  const found = await jsonOf<JobPage>(call('GET', `${path(id, 'jobs', 'exit:137')}&label=isr&label=coadd`));
  const meant = jobs.filter(({ exitCode, label }) => exitCode === 137 && ['isr', 'coadd'].includes(label));
  expect(found.jobs.map(({ ordinal }) => ordinal)).toEqual(meant.map(({ ordinal }) => ordinal));
});

test('orders about open jobs take one; a pause with one is about jobs, whatever it says', async () => {
  const order = <T>(verb: string, json: object): Promise<T> =>
    jsonOf(call('POST', `/api/v1/workflows/${open}/${verb}`, { json }));
  const paused = await order<PauseAnswer>('pause', { query: 'label:isr' });
  expect([paused.labels, paused.pausedJobs]).toEqual([null, 8]);
  expect((await order<PauseAnswer>('resume', { query: '-label:coadd' })).pausedJobs).toBe(0);
  const cancel = (query: string): Promise<CancelAnswer> => order('cancel', { query, dryRun: true });
  expect((await cancel('-label:isr')).ends).toBe(16);
  expect((await cancel('-state:waiting,leased')).ends).toBe(24);
  expect((await cancel('-state:ready')).ends).toBe(0);
  expect((await cancel('-site:A,B')).ends).toBe(24);
  expect((await cancel('-exit:1 -reason:error -group:00112233aabbccdd')).ends).toBe(24);
  expect((await cancel('exit:1')).ends).toBe(0);
});

test('what cannot be read is told with its place, and does nothing', async () => {
  for (const [query, code] of [
    ['stat:failed', 'query/unknown-field'],
    ['state:faild', 'query/value'],
    ['label:"isr', 'query/syntax'],
    [Array.from({ length: 101 }, () => 'exit:1').join(' '), 'query/too-complex'],
  ] as const) {
    const told = await problemOf(call('POST', `/api/v1/workflows/${open}/cancel`, { json: { query } }));
    expect(told).toMatchObject({ status: 400, code, errors: [{ pointer: '/query' }] });
    expect(told.detail).toMatch(/at character \d+/);
    expect(await problemOf(call('GET', path(id, 'jobs', query)))).toMatchObject({ status: 400, code });
  }
  expect((await show(open)).workflow.counts.ready).toBe(24);
});

test('workflows are found by name, owner, state, label and time', async () => {
  await submit('search 100%_a', [{ name: 'x' }], {}, { owner: 'ann' });
  await submit('search 100 b', [{ name: 'x' }], {}, { owner: 'bob' });
  const unsealed = await openUpload('search unsealed');
  const found = async (query: string): Promise<string[]> => {
    const page = await jsonOf<WorkflowPage>(call('GET', `/api/v1/workflows?query=${encodeURIComponent(query)}`));
    return page.workflows.map(({ name }) => name).filter((name) => /^(?:search|queries)/.test(name));
  };
  const [a, b, ended, running] = ['search 100%_a', 'search 100 b', 'queries-ended', 'queries-open'];
  const year = new Date().getUTCFullYear();
  const expected: [string, string[]][] = [
    ['search', [b, a]],
    ['name:"search 100%_a"', [a]],
    ['name:search*', [b, a]],
    ['"100%_"', [a]],
    ['"100 _"', []],
    ['search -name:*b', [a]],
    ['search 100 b', [b]],
    ['owner:ann', [a]],
    ['-owner:ann,bob queries', [running, ended]],
    ['queries state:running', [running]],
    ['queries -state:running', [ended]],
    ['label:coadd', [running, ended]],
    ['label:coadd label:isr -label:nowhere', [running, ended]],
    ['label:coadd -label:isr', []],
    ['search -label:work', []],
    [`search submitted:>=${year}-01-01`, [b, a]],
    [`search submitted:<${year - 1}-01-01`, []],
    ["search' or 1=1 --", []],
  ];
  for (const [query, names] of expected) expect([query, await found(query)]).toEqual([query, names]);
  expect(unsealed).toMatch(/^w-/);
});
