// Goal: what spaces and users may keep and have open holds for what comes at once, and a submit is refused whole.
import { randomBytes, randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import {
  type LeaseAnswer,
  type LimitList,
  QuotaList,
  QuotaView,
  SpaceAnswer,
  SpaceView,
  type UploadView,
  WorkflowView,
  type WorkflowWhy,
} from '#contracts';
import { runSluice } from '#test-kit';
import {
  all,
  call,
  endSession,
  folder,
  jsonOf,
  openUpload,
  problemOf,
  putChunk,
  register,
  sha256,
  submit,
  until,
} from './gateway-trial.js';

const setQuota = async (path: string, json: object): Promise<QuotaView> =>
  QuotaView.parse(await jsonOf(call('PUT', `/api/v1/quotas/${path}`, { json })));

/** An upload with its chunk stored, and what asks for its seal. */
async function uploaded(
  space: string,
  owner: string,
  jobs: number,
): Promise<{ id: string; seal: () => Promise<Response> }> {
  const id = await openUpload('queued', {}, { space, owner });
  const body = Array.from({ length: jobs }, (_, no) => `{"name":"j${no}"}\n`).join('');
  await jsonOf(putChunk(id, 0, body));
  const json = { chunkCount: 1, jobCount: jobs, edgeCount: 0, hash: sha256(sha256(body)).toString('hex') };
  return { id, seal: () => call('POST', `/api/v1/workflows/${id}/seal`, { json }) };
}

const workflowOf = async (id: string): Promise<WorkflowView['workflow']> =>
  WorkflowView.parse(await jsonOf(call('GET', `/api/v1/workflows/${id}`))).workflow;

test('of many submits at once as many are taken as the space has room for; the others go in when jobs have ended', async () => {
  await jsonOf(call('PUT', '/api/v1/spaces/queue', { json: { quotas: { queuedJobs: 10 } } }));
  const uploads = await Promise.all(Array.from({ length: 6 }, (_, no) => uploaded('queue', `user${no}`, 4)));
  const answers = await Promise.all(uploads.map(({ seal }) => seal()));
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(2);
  const refused = uploads.filter((_, no) => answers[no]?.status === 403);
  expect(refused).toHaveLength(4);
  const [waiting] = refused;
  if (!waiting) throw new Error('none was refused');
  expect(await problemOf(waiting.seal())).toMatchObject({
    ...{ status: 403, code: 'quota/queued-jobs' },
    detail: 'the space may have 10 open jobs and has 8: there is no room for 4 more',
  });
  const stateOf = async (id: string): Promise<string> =>
    (await jsonOf<UploadView>(call('GET', `/api/v1/workflows/${id}/upload`))).state;
  expect(await stateOf(waiting.id)).toBe('uploading');
  for (const [no, { id }] of uploads.entries())
    if (answers[no]?.status === 202) await jsonOf(call('POST', `/api/v1/workflows/${id}/cancel`));
  await until(async () => (await waiting.seal()).status === 202);
  await until(async () => (await stateOf(waiting.id)) === 'sealed');
}, 60_000);

test('of many retries at once as many open jobs again as the space has room for; the others change nothing, and say so in a dry run', async () => {
  const uploads = await Promise.all(Array.from({ length: 5 }, (_, no) => uploaded('again', `retrier${no}`, 4)));
  for (const { id, seal } of uploads) {
    await jsonOf(seal(), 202);
    await jsonOf(call('POST', `/api/v1/workflows/${id}/cancel`));
    await until(async () => (await workflowOf(id)).state === 'cancelled');
  }
  await jsonOf(call('PUT', '/api/v1/spaces/again', { json: { quotas: { queuedJobs: 10 } } }));
  const retry = (id: string, json: object = {}) => call('POST', `/api/v1/workflows/${id}/retry`, { json });
  const answers = await Promise.all(uploads.map(({ id }) => retry(id)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(2);
  const refused = uploads.filter((_, no) => answers[no]?.status === 403);
  expect(refused).toHaveLength(3);
  const [waiting] = refused;
  if (!waiting) throw new Error('none was refused');
  for (const json of [{}, { dryRun: true }]) {
    expect(await problemOf(retry(waiting.id, json))).toMatchObject({
      ...{ status: 403, code: 'quota/queued-jobs' },
      detail: 'the space may have 10 open jobs and has 8: there is no room for 4 more',
    });
  }
  expect(await workflowOf(waiting.id)).toMatchObject({ state: 'cancelled', runNo: 1 });
  for (const { id } of uploads) await call('POST', `/api/v1/workflows/${id}/cancel`);
  await until(async () => (await retry(waiting.id)).status === 200);
}, 60_000);

test('a user has a quota too, whatever the space, and without one nothing holds a submit up', async () => {
  await setQuota('user/queued-ann', { capQueuedJobs: 5 });
  expect((await (await uploaded('free', 'queued-ann', 3)).seal()).status).toBe(202);
  expect(await problemOf((await uploaded('free too', 'queued-ann', 3)).seal())).toMatchObject({
    detail: 'the user may have 5 open jobs and has 3: there is no room for 3 more',
  });
  expect((await (await uploaded('free', 'queued-bob', 300)).seal()).status).toBe(202);
  await setQuota('user/queued-ann', { capQueuedJobs: null });
  expect((await (await uploaded('free', 'queued-ann', 300)).seal()).status).toBe(202);
}, 60_000);

test('a cap of files that a space has stands above the usual one; caps are listed, by the command line too', async () => {
  const setSpace = (quotas: object): Promise<unknown> =>
    jsonOf(call('PUT', '/api/v1/spaces/shelf', { json: { quotas } }));
  await setSpace({ fileBytes: 1_000 });
  const bytes = randomBytes(2_000);
  const put = (): Promise<Response> =>
    call('PUT', `/api/v1/spaces/shelf/files/${sha256(bytes).toString('hex')}`, { body: bytes });
  expect(await problemOf(put())).toMatchObject({
    ...{ status: 403, code: 'quota/file-bytes' },
    detail: 'the space may keep 1000 bytes and has 0: there is no room for 2000 more',
  });
  await setSpace({ fileBytes: 5_000 });
  await jsonOf(put());
  const { quotas } = QuotaList.parse(await jsonOf(call('GET', '/api/v1/quotas')));
  expect(quotas.find(({ name }) => name === 'shelf')).toEqual({
    ...{
      kind: 'space',
      issuer: '',
      name: 'shelf',
      capFileBytes: 5_000,
      capQueuedJobs: null,
      capRunningCores: null,
      files: 1,
      fileBytes: 2_000,
    },
  });
  const sluice = (...args: string[]) => runSluice({ urls: [all.url], folder }, ['quota', ...args]);
  expect((await sluice('ls')).stdout).toMatch(/space:shelf +1 +2 KiB +4\.9 KiB +- +-\n/);
  expect(await sluice('set', 'quota-cli', '--jobs', '7')).toMatchObject({
    ...{ code: 0, stdout: expect.stringMatching(/user:quota-cli +0 +0 B +- +7 +-\n$/) },
  });
  expect(await sluice('set', 'quota-cli', '--jobs', 'none')).toMatchObject({
    ...{ code: 0, stdout: expect.stringMatching(/user:quota-cli +0 +0 B +- +- +-\n$/) },
  });
  expect((await problemOf(call('PUT', '/api/v1/quotas/user/%0a', { json: {} }))).code).toBe('quota/name');
  expect((await problemOf(call('PUT', '/api/v1/quotas/user/x', { json: { capQueuedJobs: -1 } }))).status).toBe(422);
}, 60_000);

test('running cores of a space and of a user are limits: set by either, told by both, and held', async () => {
  const space = (quotas: object) => call('PUT', '/api/v1/spaces/cored', { json: { quotas } });
  const limitsOf = async (name: string) =>
    (await jsonOf<LimitList>(call('GET', '/api/v1/limits'))).limits.filter((limit) => limit.name === name);
  expect(SpaceAnswer.parse(await jsonOf(space({ runningCores: 1 }))).space.quotas.runningCores).toBe(1);
  expect(await limitsOf('cored')).toMatchObject([{ kind: 'space', capCores: 1, capJobs: null }]);
  const id = await submit('cored', [{ name: 'a' }, { name: 'b' }, { name: 'c' }], {}, { space: 'cored' });
  const worker = await register();
  const free = { cores: 2, memoryMib: 8_192, walltimeLeftSec: null };
  const json = { requestId: randomUUID(), free, max: 100, waitSec: 10 };
  const { jobs } = await jsonOf<LeaseAnswer>(call('POST', '/worker/v1/lease', { json, token: worker.token }));
  expect(jobs.filter(({ name }) => 'abc'.includes(name))).toHaveLength(1);
  const why = await jsonOf<WorkflowWhy>(call('GET', `/api/v1/workflows/${id}/why`));
  expect(why.waits).toMatchObject([
    { cause: 'limit', jobs: 2, text: expect.stringContaining('space:cored') },
    { cause: 'leased', jobs: 1 },
  ]);
  await endSession(worker);
  await jsonOf(call('PUT', '/api/v1/limits/space/cored', { json: { capCores: 5, capJobs: 9 } }));
  const shown = async () => SpaceView.parse(await jsonOf(call('GET', '/api/v1/spaces/cored'))).quotas.runningCores;
  expect(await shown()).toBe(5);
  await jsonOf(space({ runningCores: null }));
  expect(await limitsOf('cored')).toMatchObject([{ capCores: null, capJobs: 9 }]);
  await jsonOf(call('DELETE', '/api/v1/limits/space/cored'));
  await jsonOf(space({ runningCores: 1, queuedJobs: null }));
  await jsonOf(space({ runningCores: null }));
  expect([await limitsOf('cored'), await shown()]).toEqual([[], null]);
  expect((await setQuota('user/cored-ann', { capRunningCores: 3 })).capRunningCores).toBe(3);
  expect(await limitsOf('cored-ann')).toMatchObject([{ kind: 'user', capCores: 3 }]);
  const foreign = { issuer: 'https://iam.example.org/', capRunningCores: 4 };
  expect(await setQuota('user/cored-ann', foreign)).toMatchObject({ issuer: foreign.issuer, capRunningCores: 4 });
  expect(await limitsOf('cored-ann@https://iam.example.org/')).toMatchObject([{ kind: 'user', capCores: 4 }]);
  expect(await limitsOf('cored-ann')).toMatchObject([{ capCores: 3 }]);
  expect((await setQuota('user/cored-ann', { capRunningCores: null })).capRunningCores).toBe(null);
  expect(await limitsOf('cored-ann')).toEqual([]);
}, 60_000);

test('a cap that is set to none is gone, of a limit too', async () => {
  const sluice = (...args: string[]) => runSluice({ urls: [all.url], folder }, args);
  expect(await sluice('limit', 'set', 'db_limit', '--jobs', '3', '--cores', '2')).toMatchObject({ code: 0 });
  const without = await sluice('limit', 'set', 'db_limit', '--jobs', 'none');
  expect(without).toMatchObject({ code: 0, stdout: expect.stringMatching(/^set db_limit: at most 2 cores\n/) });
}, 60_000);
