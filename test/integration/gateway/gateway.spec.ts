// Goal: the gateway as its clients meet it: over HTTP, in front of real services, PostgreSQL and NATS.
import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import {
  type EventPage,
  type JobPage,
  type JobView,
  type LeaseAnswer,
  type RetryAnswer,
  type UploadView,
  WhyView,
  WorkflowPage,
} from '#contracts';
import { RunningService, startTestNats } from '#test-kit';
import {
  type Call,
  call,
  endSession,
  environment,
  jsonOf,
  openUpload,
  problemOf,
  putChunk,
  register,
  sha256,
  show,
  submit,
  postgres,
  work,
} from './gateway-trial.js';

test('a workflow goes from upload to its end, and every view tells the same', async () => {
  const id = await submit('first', [{ name: 'a' }, { name: 'b', after: ['a'] }, { name: 'c' }]);
  expect((await show(id)).workflow).toMatchObject({
    ...{ id, name: 'first', state: 'running' },
    counts: { total: 3, waiting: 1, ready: 2, leased: 0, finished: 0, failed: 0 },
  });
  const worker = await register();
  expect((await work(worker)).sort()).toEqual(['a', 'c']);
  expect(await work(worker)).toEqual(['b']);
  const { workflow, tasks } = await show(id.slice(0, 9));
  expect(workflow).toMatchObject({ state: 'done', counts: { total: 3, finished: 3 }, failedBy: {} });
  expect(tasks).toMatchObject([{ label: 'work', state: 'done', counts: { finished: 3 } }]);
  const page = WorkflowPage.parse(await jsonOf(call('GET', '/api/v1/workflows?name=first&limit=10')));
  expect(page).toMatchObject({ workflows: [{ id, counts: workflow.counts, endedAt: workflow.endedAt }], next: null });
  const lines = await call('GET', `/api/v1/workflows/${id}/jobs`, { headers: { accept: 'application/x-ndjson' } });
  const jobs = (await lines.text())
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as JobView);
  expect(
    jobs.map(({ ordinal, name, state, attempt, site, exitCode }) => [ordinal, name, state, attempt, site, exitCode]),
  ).toEqual([
    [0, 'a', 'finished', 1, 'S', 0],
    [1, 'b', 'finished', 1, 'S', 0],
    [2, 'c', 'finished', 1, 'S', 0],
  ]);
  await endSession(worker);
}, 60_000);

test('a page of jobs goes on where the one before ended, and filters hold together', async () => {
  const id = await submit('pages', [{ name: 'a' }, { name: 'b' }, { name: 'c' }]);
  const first = await jsonOf<{ jobs: JobView[]; next: string }>(call('GET', `/api/v1/workflows/${id}/jobs?limit=2`));
  expect(first.jobs.map(({ name }) => name)).toEqual(['a', 'b']);
  const rest = await jsonOf(call('GET', `/api/v1/workflows/${id}/jobs?limit=2&cursor=${first.next}`));
  expect(rest).toMatchObject({ jobs: [{ name: 'c', state: 'ready' }], next: null });
  const none = { jobs: [], next: null };
  expect(await jsonOf(call('GET', `/api/v1/workflows/${id}/jobs?label=none`))).toEqual(none);
  expect(await jsonOf(call('GET', `/api/v1/workflows/${id}/jobs?state=ready&reason=error`))).toEqual(none);
  await jsonOf(call('POST', `/api/v1/workflows/${id}/cancel`));
}, 60_000);

test('a failure prunes, why names its root, and a retry runs both again', async () => {
  const id = await submit('retried', [{ name: 'root' }, { name: 'leaf', after: ['root'] }, { name: 'other' }]);
  const why = async (job: string): Promise<WhyView> =>
    WhyView.parse(await jsonOf(call('GET', `/api/v1/workflows/${id}/jobs/${encodeURIComponent(job)}/why`)));
  expect(await why('leaf')).toMatchObject({ state: 'waiting', cause: 'waits-for-parents' });
  expect((await why('work/root')).cause).toBe('no-worker');
  const stranger = await register(['other@1']);
  expect(await why('0')).toMatchObject({
    cause: 'no-worker-offers-transform',
    lines: [expect.stringContaining('"noop"')],
  });
  expect((await show(id)).gaps).toEqual([
    { label: 'work', jobs: 2, gap: 'no worker offers transform "noop" (1 worker is there: other)' },
  ]);
  await endSession(stranger);
  expect((await call('POST', `/api/v1/workflows/${id}/retry`, { json: {} })).status).toBe(409);
  const worker = await register();
  await work(worker, ['root']);
  expect((await show(id)).workflow).toMatchObject({ state: 'partial', failedBy: { error: 1, parent_failed: 1 } });
  expect((await why('leaf')).lines).toEqual([
    'failed: parent_failed',
    'root: work/root error, exit 3 (group e1, 1 job)',
    '  no such file',
  ]);
  const retry = await jsonOf<RetryAnswer>(
    call('POST', `/api/v1/workflows/${id}/retry`, { json: { reasons: ['error'] } }),
  );
  const touch = { retried: 1, unpruned: 1, finishedAgain: 0, failedAgain: 0 };
  expect(retry).toEqual({ workflow: id, runNo: 2, dryRun: false, ...touch, tasks: [{ label: 'work', ...touch }] });
  expect(await work(worker)).toEqual(['root']);
  expect(await work(worker)).toEqual(['leaf']);
  expect((await show(id)).workflow).toMatchObject({ state: 'done', runNo: 2, counts: { finished: 3, failed: 0 } });
  expect((await problemOf(call('POST', `/api/v1/workflows/${id}/cancel`))).code).toBe('workflow/ended');
  await endSession(worker);
}, 60_000);

test('a chunk may be compressed and sent again; with other bytes it is refused', async () => {
  const id = await openUpload('chunks');
  const body = '{"name":"a"}\n{"name":"b","after":[0]}\n';
  const stored = { chunk: 0, jobs: 2, edges: 1 };
  expect(await jsonOf(putChunk(id, 0, gzipSync(body), { 'content-encoding': 'gzip' }))).toEqual(stored);
  expect(await jsonOf(putChunk(id, 0, body))).toEqual(stored);
  expect((await problemOf(putChunk(id, 0, body.replace('"b"', '"c"')))).code).toBe('chunk/differs');
  expect((await problemOf(putChunk(id, 1, body))).code).toBe('chunk/overlaps');
  expect((await problemOf(putChunk('w-aaaaaaaaaa', 0, body))).status).toBe(404);
});

test('faulty lines are refused all at once, each with its place and remedy, and the next request is served', async () => {
  const id = await openUpload('faulty');
  const problem = await problemOf(putChunk(id, 0, '{"name":"a","nam":1}\n{"name":"b"}\n{"name":"c","template":"x"}\n'));
  expect(problem).toMatchObject({
    status: 422,
    code: 'document/refused',
    counts: { UNKNOWN_FIELD: 1, UNKNOWN_TEMPLATE: 1 },
  });
  expect(problem.errors?.map(({ pointer, code }) => [pointer, code])).toEqual([
    ['line 1, /nam', 'UNKNOWN_FIELD'],
    ['line 3, /template', 'UNKNOWN_TEMPLATE'],
  ]);
  expect(problem.errors?.every(({ remedy }) => (remedy ?? '') !== '')).toBe(true);
  const bomb = gzipSync(Buffer.alloc(65 * 1024 * 1024, '{"name":"a"}\n'));
  expect((await problemOf(putChunk(id, 0, bomb))).counts).toEqual({ TOO_LARGE: 1 });
  expect(await jsonOf(putChunk(id, 0, '{"name":"a"}\n'))).toEqual({ chunk: 0, jobs: 1, edges: 0 });
}, 60_000);

test('a document of which a job was lost is refused by the count in its header, not run without it', async () => {
  const json = { apiVersion: 'sluice/v1', name: 'lost', templates: { work: { transform: 'noop' } }, jobCount: 2 };
  const { id } = await jsonOf<{ id: string }>(call('POST', '/api/v1/workflows', { json }), 201);
  const body = '{"name":"a"}\n';
  await jsonOf(putChunk(id, 0, body));
  const seal = { chunkCount: 1, jobCount: 1, edgeCount: 0, hash: sha256(sha256(body)).toString('hex') };
  const error = { code: 'COUNT_MISMATCH', message: 'jobCount is 2, but the document has 1' };
  expect(await problemOf(call('POST', `/api/v1/workflows/${id}/seal`, { json: seal }))).toMatchObject({
    status: 422,
    code: 'document/refused',
    errors: [error],
  });
  const upload: Promise<UploadView> = jsonOf(call('GET', `/api/v1/workflows/${id}/upload`));
  expect(await upload).toMatchObject({ state: 'refused', refusal: { errors: [error] } });
});

test('an Idempotency-Key gives the same workflow, and none for another document', async () => {
  const headers = { 'idempotency-key': randomUUID() };
  const json = { apiVersion: 'sluice/v1', name: 'once', templates: {} };
  const [one, two] = await Promise.all(
    [1, 2].map(() => jsonOf<{ id: string }>(call('POST', '/api/v1/workflows', { json, headers }), 201)),
  );
  expect(one).toEqual(two);
  const other = call('POST', '/api/v1/workflows', { json: { ...json, name: 'twice' }, headers });
  expect(await problemOf(other)).toMatchObject({ status: 422, code: 'idempotency-key/reused' });
});

test.each<[string, string, string, Call, number]>([
  ['no token', 'GET', '/api/v1/workflows', { token: '' }, 401],
  ['a wrong token', 'GET', '/api/v1/workflows', { token: 'x'.repeat(64) }, 401],
  ["a worker's token", 'GET', '/api/v1/workflows', { token: 's.1.x' }, 403],
  ['an unknown address', 'GET', '/api/v1/nothing', {}, 404],
  ['an unknown workflow', 'GET', '/api/v1/workflows/w-zzzzzzzzzz', {}, 404],
  ['an unknown job', 'GET', '/api/v1/workflows/last/jobs/nothing/why', {}, 404],
  ['a wrong method', 'DELETE', '/api/v1/workflows', {}, 405],
  ['an answer nobody gives', 'GET', '/api/v1/workflows', { headers: { accept: 'image/png' } }, 406],
  ['an unknown query field', 'GET', '/api/v1/workflows?sort=name', {}, 400],
  ['events of a year that PostgreSQL does not know', 'GET', '/api/v1/events?from=0000-01-01', {}, 400],
  ['a page of a million', 'GET', '/api/v1/workflows?limit=1000000', {}, 400],
  ['a forged cursor', 'GET', "/api/v1/workflows?cursor=';--", {}, 400],
  ['a path that is no UTF-8', 'GET', '/api/v1/workflows/%ff', {}, 400],
  ['a wrong content type', 'POST', '/api/v1/workflows', { body: 'x', headers: { 'content-type': 'text/plain' } }, 415],
  ['broken JSON', 'POST', '/api/v1/workflows', { body: '{', headers: { 'content-type': 'application/json' } }, 400],
  [
    'a key that stands twice',
    'POST',
    '/api/v1/workflows',
    { body: '{"a":1,"a":2}', headers: { 'content-type': 'application/json' } },
    422,
  ],
  ['a body over its limit', 'POST', '/api/v1/workflows/last/retry', { json: { labels: ['x'.repeat(1_100_000)] } }, 413],
])('%s is a problem', async (_what, method, path, request, status) => {
  expect((await problemOf(call(method, path, request))).status).toBe(status);
});

test('health asks for no token', async () => {
  expect(await jsonOf(call('GET', '/health/ready', { token: '' }))).toEqual({ status: 'ready' });
});

test('names from users are only text: wild cards, quotes and subjects select nothing else', async () => {
  for (const name of ['%', '_', "';--", 'a.>', '$JS.*>', 'last~999999', '../..', '%*%', '_?_']) {
    expect((await call('GET', `/api/v1/workflows/${encodeURIComponent(name)}`)).status).toBe(404);
  }
});

test('a NUL in an address is refused before anything looks for it, and so is a cap below any core', async () => {
  for (const path of ['workflows/%00', 'workflows/%00/why', 'workflows/last/jobs/%00/why', 'sites/%00', 'sites/a%00']) {
    expect([path, (await call('GET', `/api/v1/${path}`)).status]).toEqual([path, 400]);
  }
  expect((await call('POST', '/api/v1/workflows/%00/pause', { json: {} })).status).toBe(400);
  expect((await call('PUT', '/api/v1/limits/named/a%0Ab', { json: { capJobs: 1 } })).status).toBe(400);
  expect((await call('PUT', '/api/v1/limits/named/x', { json: { capCores: 0.00001 } })).status).toBe(422);
});

test('a glob of names selects the newest of one name, and is refused with the names where it fits several', async () => {
  const ids = [await submit('dp2_a', [{ name: 'x' }]), await submit('dp2_a', [{ name: 'x' }])];
  expect((await show('dp2_*')).workflow.id).toBe(ids[1]);
  const other = await submit('dp2_b', [{ name: 'x' }]);
  const problem = await problemOf(call('GET', '/api/v1/workflows/dp2_%3f'));
  expect([problem.status, problem.detail]).toEqual([
    409,
    `several names are like "dp2_?": dp2_b (${other}), dp2_a (${ids[1]})`,
  ]);
  expect((await show('dp2_b*')).workflow.id).toBe(other);
  for (const selector of [...ids, other]) await call('POST', `/api/v1/workflows/${selector}/cancel`);
}, 30_000);

test('a condition may be given many times; a condition, a cursor or a place of events that is none is 400', async () => {
  const id = await submit('chosen', [{ name: 'a' }, { name: 'b' }]);
  const jobs = (query: string): Promise<Response> => call('GET', `/api/v1/workflows/${id}/jobs?${query}`);
  const many = Array.from({ length: 100 }, (_, no) => `label=none${no}`).join('&');
  expect((await jsonOf<JobPage>(jobs(`${many}&label=work&state=ready`))).jobs).toHaveLength(2);
  expect((await jsonOf<JobPage>(jobs(many))).jobs).toEqual([]);
  expect((await jsonOf<JobPage>(jobs('exit=0&exit=-1&site=here'))).jobs).toEqual([]);
  for (const wrong of ['exit=x', 'exit=99999', 'state=done', 'fingerprint=e1', 'ordinal=1', 'site[]=a']) {
    expect((await problemOf(jobs(wrong))).status).toBe(400);
  }
  const page = await jsonOf<EventPage>(call('GET', `/api/v1/events?workflow=${id}&limit=1`));
  const other = await submit('other', [{ name: 'a' }]);
  for (const from of ['yesterday', 'c1.', 'c1.eA', '2026-13-40', page.next]) {
    const place = new URLSearchParams({ workflow: other, from }).toString();
    expect((await problemOf(call('GET', `/api/v1/events?${place}`))).status).toBe(400);
  }
  expect((await problemOf(call('GET', `/api/v1/workflows/${id}/jobs/z/attempts`))).status).toBe(404);
  await jsonOf(call('POST', `/api/v1/workflows/${id}/cancel`));
  await jsonOf(call('POST', `/api/v1/workflows/${other}/cancel`));
});

test('one view of a workflow is one statement, also while jobs are ready, held up by no worker', async () => {
  const id = await submit('viewed', [{ name: 'a' }, { name: 'b', after: ['a'] }]);
  const ran = await postgres.statementsDuring(async () => {
    for (let views = 0; views < 5; views += 1) expect((await show(id)).gaps.length).toBe(1);
  });
  // Brokers and relays go on beside it, and now and then one of them reads too: what a view asks is asked for each.
  const reads = ran.filter((statement) => statement.startsWith('read_'));
  expect(reads.filter((statement) => statement === 'read_workflow')).toHaveLength(5);
  expect(reads.length).toBeLessThan(2 * 5);
  await call('POST', `/api/v1/workflows/${id}/cancel`);
}, 30_000);

test('a gateway without the other services says which one is missing, and drains at once with a poll open', async () => {
  const alone = await startTestNats();
  const gateway = await RunningService.start('gateway', { ...environment, NATS_URL: alone.url });
  try {
    await submit('alone', [{ name: 'a' }]);
    const silent = await problemOf(call('GET', '/api/v1/workflows/alone', { of: gateway }));
    expect([silent.status, silent.detail]).toEqual([503, expect.stringContaining('monitor')]);
    expect((await call('GET', '/api/v1/workflows', { of: gateway })).status).toBe(200);
    const worker = await register();
    const ask = { requestId: 'r1', free: { cores: 1, memoryMib: 1, walltimeLeftSec: null }, max: 1, waitSec: 20 };
    const poll = jsonOf<LeaseAnswer>(call('POST', '/worker/v1/lease', { json: ask, token: worker.token, of: gateway }));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const from = performance.now();
    expect(await gateway.stop()).toBe(0);
    expect(performance.now() - from).toBeLessThan(10_000);
    expect((await poll).lease).toBeNull();
    await endSession(worker);
  } finally {
    await gateway.stop('SIGKILL');
    await alone.stop();
  }
}, 60_000);

test('a wrong environment ends a service with 2 and one line that names what is missing', async () => {
  const service = RunningService.launch('gateway', { DATABASE_URL: 'mysql://x' });
  expect(await service.ended()).toBe(2);
  expect(service.log.split('\n')).toHaveLength(1);
  expect(service.log).toMatch(/DATABASE_URL.*NATS_URL/);
}, 30_000);
