// Goal: who is called alike by two issuers shares nothing: no share, no limit, no quota, no workflow.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import type { LeaseAnswer, LimitList, ShareList, UploadView, WorkflowPage, WorkflowView } from '#contracts';
import { call, environment, jsonOf, ndjson, problemOf, register, sha256, until } from './gateway-trial.js';

const issuers = { one: 'https://one.example/', two: 'https://two.example/' } as const;
type Which = keyof typeof issuers;
const tokens = { one: '', two: '' };
const nameOf = (which: Which): string => `ann@${issuers[which]}`;

beforeAll(async () => {
  const client = new pg.Client(environment['DATABASE_URL']);
  await client.connect();
  for (const which of ['one', 'two'] as const) {
    tokens[which] = `sluice_service_${randomBytes(32).toString('base64url')}`;
    const digest = createHash('sha256').update(tokens[which]).digest();
    await client.query(
      `insert into issued_token (kind, name, digest, issuer, subject, groups, end_at)
        values ('service', $1, $2, $3, 'ann', '{}', now() + interval '1 hour')`,
      [which, digest, issuers[which]],
    );
    const json = { holder: 'subject', name: 'ann', issuer: issuers[which], role: 'submitter' };
    await jsonOf(call('PUT', '/api/v1/spaces/shared', { json: {} }));
    await jsonOf(call('PUT', '/api/v1/spaces/shared/grants', { json }));
  }
  await client.end();
}, 60_000);

async function uploaded(which: Which, jobs: number): Promise<{ id: string; seal: () => Promise<Response> }> {
  const token = tokens[which];
  const header = { apiVersion: 'sluice/v1', name: which, space: 'shared', templates: { work: { transform: 'noop' } } };
  const { id } = await jsonOf<{ id: string }>(call('POST', '/api/v1/workflows', { json: header, token }), 201);
  const body = Array.from({ length: jobs }, (_, no) => `{"name":"${which}${no}"}\n`).join('');
  await jsonOf(call('PUT', `/api/v1/workflows/${id}/chunks/0?firstOrdinal=0`, { body, headers: ndjson, token }));
  const json = { chunkCount: 1, jobCount: jobs, edgeCount: 0, hash: sha256(sha256(body)).toString('hex') };
  return { id, seal: () => call('POST', `/api/v1/workflows/${id}/seal`, { json, token }) };
}

test('ann of one issuer and ann of another have shares, limits and quotas of their own', async () => {
  await jsonOf(call('PUT', `/api/v1/limits/user/${encodeURIComponent(nameOf('one'))}`, { json: { capJobs: 1 } }));
  await jsonOf(call('PUT', '/api/v1/limits/user/ann', { json: { capJobs: 0 } }));
  const quota = { issuer: issuers.one, capQueuedJobs: 3 };
  await jsonOf(call('PUT', '/api/v1/quotas/user/ann', { json: quota }));
  const [one, two] = [await uploaded('one', 3), await uploaded('two', 3)];
  for (const { id, seal } of [one, two]) {
    await jsonOf(seal(), 202);
    await until(
      async () => (await jsonOf<UploadView>(call('GET', `/api/v1/workflows/${id}/upload`))).state === 'sealed',
    );
  }
  expect((await problemOf((await uploaded('one', 1)).seal())).code).toBe('quota/queued-jobs');
  await jsonOf((await uploaded('two', 1)).seal(), 202);

  const { shares } = await jsonOf<ShareList>(call('GET', '/api/v1/shares?under=shared'));
  const leaves = shares.map(({ path }) => path).filter((path) => path.includes('ann'));
  expect(leaves.sort()).toEqual(['shared/ann@https%3A%2F%2Fone.example%2F', 'shared/ann@https%3A%2F%2Ftwo.example%2F']);

  const worker = await register();
  const free = { cores: 2, memoryMib: 8_192, walltimeLeftSec: null };
  const held: string[] = [];
  await until(async () => {
    const json = { requestId: randomUUID(), free, max: 100, waitSec: 1 };
    const { jobs } = await jsonOf<LeaseAnswer>(call('POST', '/worker/v1/lease', { json, token: worker.token }));
    held.push(...jobs.map(({ name }) => name));
    return held.filter((name) => name.startsWith('two')).length === 4;
  });
  expect(held.filter((name) => name.startsWith('one'))).toHaveLength(1);

  const limits = await jsonOf<LimitList>(call('GET', '/api/v1/limits', { token: tokens.one }));
  expect(limits.limits.filter(({ kind }) => kind === 'user').map(({ name }) => name)).toEqual([nameOf('one')]);
  const { workflow } = await jsonOf<WorkflowView>(call('GET', `/api/v1/workflows/${one.id}`));
  expect(workflow.owner).toBe(nameOf('one'));
  const query = encodeURIComponent(`owner:"${nameOf('two')}"`);
  const { workflows } = await jsonOf<WorkflowPage>(call('GET', `/api/v1/workflows?query=${query}`));
  expect(workflows.map(({ name }) => name)).toEqual(['two', 'two']);
  const cancelled = call('POST', `/api/v1/workflows/${one.id}/cancel`, { token: tokens.two });
  expect((await problemOf(cancelled)).status).toBe(403);
}, 60_000);
