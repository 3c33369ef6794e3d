// Goal: every order is on record before it is carried out, with who, what, on what, from where and how it was answered; what is on
// record stays as it is.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import pg from 'pg';
import { Database, PostgresKeepStore } from '#adapter-postgres';
import { AuditEntry, AuditPage } from '#contracts';
import { RunningService, runSluice } from '#test-kit';
import { all, call, environment, folder, jsonOf, problemOf, submit } from './gateway-trial.js';

const orders = async (query = ''): Promise<AuditEntry[]> =>
  AuditPage.parse(await jsonOf(call('GET', `/api/v1/audit${query}`))).entries;

async function withClient<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(environment['DATABASE_URL']);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

test('orders are on record, newest first: who, what, on what, from where, and how they were answered', async () => {
  const id = await submit('audited', [{ name: 'a' }]);
  const headers = { 'x-request-id': 'night-7/cancel' };
  await jsonOf(call('POST', '/api/v1/workflows/last/cancel', { json: {}, headers }));
  await problemOf(call('POST', '/api/v1/workflows/nothing/pause'));
  await jsonOf(call('PUT', '/api/v1/sites/AUDIT', { json: { pullCores: 4 } }));
  await jsonOf(call('DELETE', '/api/v1/sites/AUDIT'));
  const [removed, set, paused, cancelled, submitted] = await orders('?limit=5');
  expect(submitted).toMatchObject({ action: 'workflow.submit', place: { id }, target: id, status: 202, said: null });
  expect(cancelled).toMatchObject({
    action: 'workflow.cancel',
    place: { selector: 'last' },
    requestId: 'night-7/cancel',
  });
  expect(paused).toMatchObject({ action: 'workflow.pause', place: { selector: 'nothing' }, status: 404 });
  expect(set).toMatchObject({ action: 'site.set', place: { name: 'AUDIT' }, status: 200, said: '{"pullCores":4}' });
  expect(removed).toMatchObject({ action: 'site.remove', said: null, from: expect.stringMatching(/127\.0\.0\.1$/) });
  expect(removed?.by.subject).not.toBe('');
  expect(await orders('?action=site.set&limit=1')).toEqual([set]);
  expect(await orders(`?subject=${removed?.by.subject}&limit=1`)).toEqual([removed]);
  expect(await orders('?subject=nobody')).toEqual([]);
  expect(await orders(`?since=${removed?.at}&limit=1`)).toEqual([removed]);
  const first = AuditPage.parse(await jsonOf(call('GET', '/api/v1/audit?limit=2')));
  const second = AuditPage.parse(await jsonOf(call('GET', `/api/v1/audit?limit=2&cursor=${first.next ?? ''}`)));
  expect([...first.entries, ...second.entries]).toEqual([removed, set, paused, cancelled]);
  expect((await problemOf(call('GET', '/api/v1/audit?cursor=x'))).code).toBe('query/cursor');
  expect((await problemOf(call('GET', '/api/v1/audit?since=then'))).code).toBe('query/invalid');
  const shown = await runSluice({ urls: [all.url], folder }, ['admin', 'audit', '--limit', '2']);
  expect(shown).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/site\.remove +AUDIT +200\n.*site\.set +AUDIT +200\n$/),
  });
}, 60_000);

test('what a sites file of a broker changed is on record, once', async () => {
  const file = join(folder.path, 'sites.yaml');
  writeFileSync(file, 'sites:\n  - name: FILED\n    pullCores: 7\n');
  for (let start = 0; start < 2; start += 1)
    await (await RunningService.start('broker', { ...environment, SLUICE_SITES_FILE: file })).stop();
  const applied = await orders('?action=site.apply&subject=sites-file');
  expect(applied).toMatchObject([
    {
      by: { issuer: 'local', subject: 'sites-file' },
      place: { file },
      status: 200,
      said: expect.stringContaining('FILED'),
    },
  ]);
  expect(applied[0]?.said).toContain('pullCores');
}, 60_000);

test('reading puts nothing on record', async () => {
  const before = await orders('?limit=1');
  await call('GET', '/api/v1/workflows');
  await call('HEAD', '/api/v1/sites');
  expect(await orders('?limit=1')).toEqual(before);
});

test('what is on record can be neither changed nor removed', () =>
  withClient(async (client) => {
    for (const table of ['audit', 'audit_end']) {
      for (const change of [`update ${table} set at = now()`, `delete from ${table}`, `truncate ${table}`])
        await expect(client.query(change)).rejects.toThrow('only added to');
    }
  }));

test('an order that cannot be put on record is not carried out', () =>
  withClient(async (client) => {
    await client.query('alter table audit rename to audit_away');
    try {
      const answer = await call('PUT', '/api/v1/sites/UNSEEN', { json: {} });
      expect(answer.status).toBeGreaterThanOrEqual(500);
    } finally {
      await client.query('alter table audit_away rename to audit');
    }
    expect((await call('GET', '/api/v1/sites/UNSEEN')).status).toBe(404);
  }));

test('a policy forgets orders of long ago, and only those', async () => {
  const database = await Database.connect({
    ...{ url: environment['DATABASE_URL'] ?? '', name: 'test', connectionsMax: 1, planning: 'free' },
  });
  try {
    await withClient((client) =>
      client.query(
        `with old as (
           insert into audit (at, issuer, subject, action, place, request_id, address)
           values (now() - interval '40 days', 'x', 'gone', 'site.set', '{}', '', '') returning id
         )
         insert into audit_end (audit_id, status) select id, 200 from old`,
      ),
    );
    const keeps = new PostgresKeepStore(database);
    expect(await orders('?subject=gone')).toHaveLength(1);
    expect(await keeps.pruneAudit({ days: 30, rows: 100 })).toBe(1);
    expect(await keeps.pruneAudit({ days: 30, rows: 100 })).toBe(0);
    expect(await orders('?subject=gone')).toEqual([]);
    expect((await orders()).length).toBeGreaterThan(0);
  } finally {
    await database.close();
  }
});
