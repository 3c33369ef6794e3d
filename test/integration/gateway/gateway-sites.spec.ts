// Goal: sites and workers over HTTP: every route, its refusals, and that a stop reaches a worker that waits.
import { expect, test } from '@jest/globals';
import { SiteAnswer, type LeaseAnswer, SiteList, SitesApplied, WorkerPage, WorkerView, WhyView } from '#contracts';
import { call, endSession, jsonOf, problemOf, register, submit, until } from './gateway-trial.js';

const sites = '/api/v1/sites';

test('a stop reaches a worker that waits at once, jobs say why they wait, and opening gives them to it', async () => {
  const worker = await register();
  const free = { cores: 2, memoryMib: 8_192, walltimeLeftSec: null };
  const lease = (requestId: string, idle: boolean) => {
    const json = { requestId, free, max: 5, waitSec: 20, idle };
    return jsonOf<LeaseAnswer>(call('POST', '/worker/v1/lease', { json, token: worker.token }));
  };
  const waiting = lease('r1', false);
  await until(async () => (await jsonOf<SiteList>(call('GET', sites))).sites.some(({ workers }) => workers > 0));
  const stopped = SiteAnswer.parse(
    await jsonOf(call('POST', `${sites}/S/stop`, { json: { note: 'disk full', by: 'ann' } })),
  );
  expect(stopped.site).toMatchObject({ name: 'S', state: 'stopped', note: 'disk full', orderedBy: 'ann', workers: 1 });
  expect(await waiting).toMatchObject({ lease: null, jobs: [], site: { state: 'stopped' } });

  const id = await submit('waits-for-site', [{ name: 'a' }]);
  const why = WhyView.parse(await jsonOf(call('GET', `/api/v1/workflows/${id}/jobs/a/why`)));
  expect(why).toMatchObject({ cause: 'site-closed', lines: [expect.stringContaining('site S is stopped')] });

  const idle = lease('r1', true);
  await jsonOf(call('POST', `${sites}/S/open`));
  expect(await idle).toMatchObject({ lease: null, site: { state: 'open' } });
  expect((await lease('r1', false)).jobs).toHaveLength(1);
  await endSession(worker);
}, 60_000);

test('sites are made, changed, applied from a file and forgotten; what is wrong is refused as such', async () => {
  const put = await jsonOf(call('PUT', `${sites}/A%2FB`, { json: { pullCores: 4, tags: { a: 'b' } } }));
  expect(SiteAnswer.parse(put)).toMatchObject({ created: true, site: { name: 'A/B', pullCores: 4, tags: { a: 'b' } } });
  await jsonOf(call('PATCH', `${sites}/A%2FB`, { json: { pullMemoryMib: 512 } }));
  expect(await jsonOf(call('GET', `${sites}/A%2FB`))).toMatchObject({ pullCores: 4, pullMemoryMib: 512 });
  const file = { sites: [{ name: 'A/B', state: 'draining' }, { name: 'C' }] };
  const rehearsed = SitesApplied.parse(await jsonOf(call('PUT', sites, { json: { ...file, dryRun: true } })));
  expect(rehearsed.sites.map(({ name, created }) => [name, created])).toEqual([
    ['A/B', false],
    ['C', true],
  ]);
  expect(await jsonOf(call('PUT', sites, { json: file }))).toEqual({ ...rehearsed, dryRun: false });
  expect(await jsonOf(call('GET', `${sites}/A%2FB`))).toMatchObject({ pullCores: null, tags: {}, state: 'draining' });

  const refused: [string, string, object | undefined, number][] = [
    ['PATCH', `${sites}/nowhere`, { pullCores: 1 }, 404],
    ['POST', `${sites}/nowhere/stop`, undefined, 404],
    ['GET', `${sites}/nowhere`, undefined, 404],
    ['PATCH', `${sites}/C`, { pullCore: 1 }, 422],
    ['PATCH', `${sites}/C`, { pullCores: 0 }, 422],
    ['PATCH', `${sites}/C`, { suspectSec: 2_000 }, 422],
    ['PUT', `${sites}/${encodeURIComponent('a\nb')}`, {}, 422],
    ['PUT', sites, { sites: [{ name: 'X' }, { name: 'X' }] }, 422],
    ['GET', '/api/v1/workers/999', undefined, 404],
    ['GET', '/api/v1/workers/x', undefined, 404],
    ['POST', '/api/v1/workers/999/stop', undefined, 404],
    ['GET', '/api/v1/workers?cursor=x', undefined, 400],
  ];
  for (const [method, path, json, status] of refused) {
    expect([path, (await problemOf(call(method, path, { json }))).status]).toEqual([path, status]);
  }
  expect(await jsonOf(call('DELETE', `${sites}/C?dryRun=true`))).toEqual({ name: 'C', dryRun: true });
  expect(await jsonOf(call('DELETE', `${sites}/C`))).toEqual({ name: 'C', dryRun: false });
  expect((await problemOf(call('DELETE', `${sites}/C`))).status).toBe(404);
});

test('workers are listed by site and state page by page, and told to end', async () => {
  const [first, second] = [await register(), await register()];
  const page = WorkerPage.parse(await jsonOf(call('GET', '/api/v1/workers?site=S&limit=1')));
  expect(page.workers.map(({ session }) => session)).toEqual([first.session]);
  const next = WorkerPage.parse(await jsonOf(call('GET', `/api/v1/workers?site=S&limit=1&cursor=${page.next}`)));
  expect(next.workers.map(({ session }) => session)).toEqual([second.session]);
  expect((await problemOf(call('DELETE', `${sites}/S`))).code).toBe('site/has-workers');
  await jsonOf(call('POST', `/api/v1/workers/${first.session}/drain`, { json: { note: 'old' } }));
  const shown = WorkerView.parse(await jsonOf(call('GET', `/api/v1/workers/${first.session}`)));
  expect(shown).toMatchObject({ ordered: 'drain', note: 'old', state: 'live' });
  await Promise.all([endSession(first), endSession(second)]);
  const over = await problemOf(call('POST', `/api/v1/workers/${first.session}/drain`));
  expect([over.status, over.code]).toEqual([409, 'worker/over']);
  const ended = await jsonOf<WorkerPage>(call('GET', '/api/v1/workers?state=ended'));
  expect(ended.workers.map(({ session }) => session)).toEqual(expect.arrayContaining([first.session, second.session]));
});
