// Goal: shares over HTTP: what is set is set as a whole, rehearsals change nothing, and two users of one worker come out
// as they were promised, through real services.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import {
  ShareList,
  SharesChanged,
  UseReported,
  type LeaseAnswer,
  type RegisterAnswer,
  type ReportAnswer,
} from '#contracts';
import { call, endSession, jsonOf, problemOf, register, submit, until } from './gateway-trial.js';

/** Longer than two looks of a broker at the use of shares: the next lease waits for one. */
const looksMs = 2_500;

const list = async (under = ''): Promise<ShareList['shares']> =>
  ShareList.parse(await jsonOf(call('GET', `/api/v1/shares${under && `?under=${under}`}`))).shares;
const put = async (json: object): Promise<SharesChanged> =>
  SharesChanged.parse(await jsonOf(call('PUT', '/api/v1/shares', { json })));

test('an order makes and changes shares as a whole, its rehearsal tells the same and changes nothing', async () => {
  const shares = [
    { path: 'g/a', weight: 2, spaces: ['s1'], allocation: { coreHours: 5, periodDays: 7 } },
    { path: 'g/b' },
  ];
  const rehearsed = await put({ shares, dryRun: true });
  expect(rehearsed.changed.map(({ path, what }) => `${path} ${what}`)).toEqual(['g made', 'g/a made', 'g/b made']);
  expect(await list('g')).toEqual([]);
  expect(await put({ shares })).toEqual({ ...rehearsed, dryRun: false });
  expect((await put({ shares })).changed).toEqual([]);
  const [, a] = await list('g');
  expect(a).toMatchObject({ path: 'g/a', weight: 2, spaces: ['s1'], allocation: { coreHours: 5, leftCoreHours: 5 } });
  const changed = await put({ shares: [{ path: 'g/a', allocation: null }, { path: 'g/b', spaces: ['s1'] }] }); // prettier-ignore
  expect(changed.changed).toHaveLength(2);
  expect((await list('g')).map(({ spaces, allocation }) => [spaces, allocation])).toEqual([
    [[], null],
    [[], null],
    [['s1'], null],
  ]);
});

test('what is wrong in an order is told, and nothing of it is done', async () => {
  const before = await list();
  const bad = [
    { shares: [{ path: 'x/y' }, { path: 'x/y' }] },
    { shares: [{ path: 'x//y' }] },
    { shares: [{ path: 'x/y', weight: 0 }] },
    { shares: [{ path: 'ok' }, { path: 'x', wieght: 3 }] },
    { shares: [{ path: 'x', allocation: { coreHours: -1 } }] },
    { halfLifeHours: 0 },
  ];
  for (const json of bad) {
    expect([json, (await problemOf(call('PUT', '/api/v1/shares', { json }))).status]).toEqual([json, 422]);
  }
  expect(await list()).toEqual(before);
});

test('a share that something belongs to stays; one that is free goes', async () => {
  await put({ shares: [{ path: 'gone/below' }] });
  const remove = (path: string) => call('POST', '/api/v1/shares/remove', { json: { path } });
  expect(await problemOf(remove('gone'))).toMatchObject({ status: 409, code: 'share/in-use' });
  expect(await problemOf(remove('nobody'))).toMatchObject({ status: 404 });
  await submit('of-gone', [{ name: 'a' }], {}, { owner: 'below', space: 'gone' });
  expect(await problemOf(remove('gone/below'))).toMatchObject({ status: 409, code: 'share/in-use' });
  await put({ shares: [{ path: 'free' }] });
  expect(await jsonOf(remove('free'))).toMatchObject({ changed: [{ path: 'free', what: 'removed' }] });
  expect(await list('free')).toEqual([]);
});

test('use outside is counted once for each report, for known shares only', async () => {
  await put({ shares: [{ path: 'out/a', allocation: { coreHours: 10 } }] });
  const report = async (json: object): Promise<UseReported> =>
    UseReported.parse(await jsonOf(call('POST', '/api/v1/shares/use', { json: { site: 'USDF', ...json } })));
  const use = [{ share: 'out/a', coreHours: 4 }];
  expect(await report({ use, report: 'monday', dryRun: true })).toMatchObject({ counted: true, dryRun: true });
  expect(await report({ use, report: 'monday' })).toMatchObject({ counted: true, coreHours: 4 });
  expect(await report({ use, report: 'monday' })).toMatchObject({ counted: false });
  const unknown = { site: 'USDF', use: [...use, { share: 'out/b', coreHours: 1 }] };
  expect(await problemOf(call('POST', '/api/v1/shares/use', { json: unknown }))).toMatchObject({ status: 404 });
  const [out] = await list('out');
  expect(out?.outsideCoreHours).toBeCloseTo(4, 3);
  const [a] = await list('out/a');
  expect(a?.allocation?.leftCoreHours).toBeCloseTo(6, 3);
});

test('a bad Sluice-Owner is refused', async () => {
  const header = { apiVersion: 'sluice/v1', name: 'x', templates: { work: { transform: 'noop' } } };
  const asked = call('POST', '/api/v1/workflows', { json: header, headers: { 'sluice-owner': 'a\u00e9' } });
  expect(await problemOf(asked)).toMatchObject({ status: 400, code: 'header/owner' });
});

test('two users of weights 3 and 1 get short jobs at 3 to 1 from one worker of 4 slots', async () => {
  await put({ shares: [{ path: 'duel/heavy', weight: 3 }, { path: 'duel/light' }] });
  const jobs = Array.from({ length: 400 }, (_, no) => ({ name: `j${no}` }));
  for (const owner of ['heavy', 'light']) await submit(owner, jobs, {}, { owner, space: 'duel' });
  const worker = await register();
  const got: Record<string, number> = {};
  const leased = async (no: number): Promise<LeaseAnswer> => {
    const free = { cores: 4, memoryMib: 65_536, walltimeLeftSec: null };
    const json = { requestId: `duel-${no}`, free, max: 4 };
    const lease: LeaseAnswer = await jsonOf(call('POST', '/worker/v1/lease', { token: worker.token, json }));
    for (const { task } of lease.jobs) {
      const name = lease.tasks[task]?.workflowName ?? '';
      got[name] = (got[name] ?? 0) + 1;
    }
    return lease;
  };
  // How long their jobs take is learned once some have ended, of what is in flight at a broker's next look: until then
  // each counts as 10 s, and these leases are over in milliseconds.
  for (let no = 0; no < 4; no += 1) await reportAll(worker, await leased(no));
  const held = [await leased(4), await leased(5), await leased(6), await leased(7)];
  await sleep(looksMs);
  held.push(await leased(8));
  for (const lease of held) await reportAll(worker, lease);
  for (let no = 9; no < 60; no += 1) await reportAll(worker, await leased(no));
  const { heavy = 0, light = 0 } = got;
  expect(heavy + light).toBeGreaterThan(235); // what other tests left may get some
  expect(heavy / (heavy + light)).toBeGreaterThan(0.75 * 0.9);
  expect(heavy / (heavy + light)).toBeLessThan(0.75 * 1.1);
  await endSession(worker);
}, 60_000);

/** Ends all jobs of a lease as finished after a second, a batch for each partition, until each is settled. */
async function reportAll(worker: RegisterAnswer, { lease, tasks, jobs }: LeaseAnswer): Promise<void> {
  for (const partition of new Set(tasks.map((task) => task.partition))) {
    const own = jobs.filter(({ task }) => tasks[task]?.partition === partition);
    const events = own.map(({ task, ordinal, attempt }) => ({
      ...{ lease: 0, job: `${tasks[task]?.workflowNo}:${ordinal}`, attempt, outcome: 'finished', exitCode: 0 },
      ...{ startedAtMs: Date.now() - 1_000, endedAtMs: Date.now() },
    }));
    const json = { batchId: randomUUID(), session: worker.session, partition, leases: [lease], events };
    await until(async () => {
      const answer = await call('POST', '/worker/v1/report', { json, token: worker.token });
      return ((await answer.json()) as Partial<ReportAnswer>).state === 'settled';
    });
  }
}
