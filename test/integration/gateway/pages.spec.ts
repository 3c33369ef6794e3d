// Goal: every list comes in pages of a size that is asked for, and pages together are the list, also when rows come and go meanwhile.
import { expect, test } from '@jest/globals';
import {
  routes,
  type ErrorGroups,
  type GrantList,
  type JobAttempts,
  type LimitList,
  type QuotaList,
  type ShareList,
  type SiteList,
} from '#contracts';
import { call, endSession, jsonOf, problemOf, register, show, submit, until, work } from './gateway-trial.js';

interface Page {
  next?: string | null;
}

async function pagesOf<P extends Page>(
  path: string,
  limit: number,
  between?: (no: number) => Promise<unknown>,
): Promise<P[]> {
  const pages: P[] = [];
  let cursor: string | null | undefined = null;
  do {
    const behind: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page: P = await jsonOf<P>(call('GET', `${path}${path.includes('?') ? '&' : '?'}limit=${limit}${behind}`));
    pages.push(page);
    await between?.(pages.length);
    cursor = page.next;
  } while (cursor);
  return pages;
}

const limit = (name: string) =>
  call('PUT', `/api/v1/limits/named/${encodeURIComponent(name)}`, { json: { capJobs: 1 } });

test('sites: pages together are all of them, whatever comes or goes before the place that was read', async () => {
  const site = (name: string, method = 'PUT') =>
    call(method, `/api/v1/sites/${encodeURIComponent(name)}`, { json: {} });
  const names = ['p/a', 'p b', 'päris', 'p😀', 'p%41', 'p"'];
  for (const name of names) await jsonOf(site(name));
  const pages = await pagesOf<SiteList>('/api/v1/sites', 2, async (no) => no === 1 && (await jsonOf(site('a-new'))));
  const found = pages.flatMap(({ sites }) => sites.map(({ name }) => name)).filter((name) => name.startsWith('p'));
  expect([...found].sort()).toEqual([...names].sort());
  expect(pages.every(({ sites }) => sites.length <= 2)).toBe(true);
  const { sites, next } = await jsonOf<SiteList>(call('GET', '/api/v1/sites'));
  expect([sites.length, next]).toEqual([names.length + 1, null]);
});

test('limits: names that begin alike and are longer than a cursor are each told once', async () => {
  const names = ['l', 'l2', `${'ß'.repeat(600)}1`, `${'ß'.repeat(600)}2`, `${'😀'.repeat(700)}`, 'l"'];
  for (const name of names) await jsonOf(limit(name));
  const pages = await pagesOf<LimitList>('/api/v1/limits', 1, (no) => (no === 2 ? limit('a-new') : Promise.resolve()));
  const found = pages.flatMap(({ limits }) => limits.map(({ name }) => name)).filter((name) => name !== 'a-new');
  expect([...found].sort()).toEqual([...names].sort());
});

test('shares: in the order of the tree, all or what is below one', async () => {
  const paths = ['q', 'q/a', 'q/a/b', 'q/a.b', 'q/é', 'r'];
  await jsonOf(call('PUT', '/api/v1/shares', { json: { shares: paths.map((path) => ({ path })) } }));
  const paged = async (query: string) =>
    (await pagesOf<ShareList>(`/api/v1/shares${query}`, 2)).flatMap(({ shares }) => shares.map(({ path }) => path));
  const whole = await jsonOf<ShareList>(call('GET', '/api/v1/shares'));
  expect(await paged('')).toEqual(whole.shares.map(({ path }) => path));
  expect(await paged('?under=q')).toEqual(['q', 'q/a', 'q/a/b', 'q/a.b', 'q/é']);
});

test('grants of a space and quotas: each is told once, whatever is in its names', async () => {
  const names = ['g', 'g/a', 'g"', '/é', '😀'];
  const issuers = ['https://one.example/', 'https://two.example/'];
  await jsonOf(call('PUT', '/api/v1/spaces/paged', { json: {} }));
  for (const issuer of issuers)
    for (const name of names) {
      const json = { holder: 'group', issuer, name, role: 'reader' };
      await jsonOf(call('PUT', '/api/v1/spaces/paged/grants', { json }));
      const quota = { issuer, capQueuedJobs: 1 };
      await jsonOf(call('PUT', `/api/v1/quotas/user/${encodeURIComponent(name)}`, { json: quota }));
    }
  const grants = await pagesOf<GrantList>('/api/v1/spaces/paged/grants', 3);
  const whole = await jsonOf<GrantList>(call('GET', '/api/v1/spaces/paged/grants'));
  expect(grants.flatMap((page) => page.grants)).toEqual(whole.grants);
  expect(whole.grants).toHaveLength(10);
  const quotas = await pagesOf<QuotaList>('/api/v1/quotas', 3);
  const all = await jsonOf<QuotaList>(call('GET', '/api/v1/quotas'));
  expect(quotas.flatMap((page) => page.quotas)).toEqual(all.quotas);
  expect(all.quotas).toHaveLength(10);
});

test('error groups and attempts: most jobs first, newest first', async () => {
  const names = Array.from({ length: 6 }, (_, i) => `job${i}`);
  const jobs = names.map((name) => ({ name }));
  const id = await submit('failing', jobs, { retry: { retries: 4 } });
  const worker = await register();
  for (let round = 0; round < 5; round += 1) while ((await work(worker, names, 1)).length > 0);
  await until(async () => (await show(id)).workflow.state === 'failed');
  const attempts = await pagesOf<JobAttempts>(`/api/v1/workflows/${id}/jobs/0/attempts`, 2);
  expect(attempts.map((page) => page.attempts.map(({ attempt }) => attempt))).toEqual([[4, 5], [2, 3], [1]]);
  await endSession(worker);
  const whole = await jsonOf<ErrorGroups>(call('GET', `/api/v1/workflows/${id}/errors`));
  const paged = await pagesOf<ErrorGroups>(`/api/v1/workflows/${id}/errors`, 1);
  expect(paged.flatMap(({ groups }) => groups)).toEqual(whole.groups);
}, 60_000);

const lists = routes.filter(({ method, query }) => method === 'GET' && query !== undefined && 'limit' in query.shape);

test.each(lists.map(({ path }) => path))(
  '%s: no page is larger than 1,000, and a forged cursor is refused',
  async (path) => {
    const id = await submit('paged', [{ name: 'a' }]);
    const at = path.replace(':selector', id).replace(':job', '0').replace(':space', 'default');
    for (const size of ['0', '-1', '1001', '1000000000', 'x'])
      expect((await problemOf(call('GET', `${at}?limit=${size}`))).code).toBe('query/invalid');
    const param = path.endsWith('/events') ? 'from' : 'cursor';
    const cursorOfAnother = Buffer.from('["another","a"]').toString('base64url');
    for (const cursor of [
      'forged!',
      '[]',
      '%00',
      cursorOfAnother,
      Buffer.from('["sites","a\\u0000"]').toString('base64url'),
    ])
      expect((await problemOf(call('GET', `${at}?${param}=${cursor}`))).status).toBe(400);
    await jsonOf(call('POST', `/api/v1/workflows/${id}/cancel`));
  },
);

test('every list of the interface has pages', () => {
  const answersList = routes.filter(
    ({ method, answer }) => method === 'GET' && /(Page|List|Groups|JobAttempts)$/.test(answer.schema ?? ''),
  );
  expect(answersList.filter((route) => !lists.includes(route)).map(({ path }) => path)).toEqual([]);
});
