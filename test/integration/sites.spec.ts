/** Goal: what an operator says of a site holds at every broker, and a stop costs work but no job. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { PostgresSiteStore } from '#adapter-postgres';
import { LeaseAnswer, type SiteSettings } from '#contracts';
import {
  applySitesFile,
  changeSites,
  defaultTerms,
  LeaseDesk,
  orderWorker,
  SessionDesk,
  type GrantedJob,
  type SitePorts,
} from '#engine';
import { batchOf, EngineRig, startTestPostgres, type TestPostgres, type TrialEnd } from '#test-kit';

let postgres: TestPostgres;
let rig: EngineRig;
let store: PostgresSiteStore;
let ports: SitePorts;
/** Sites and sessions that brokers were told of. */
let told: { sites: string[]; sessions: string[] }[];

beforeAll(async () => {
  postgres = await startTestPostgres();
}, 120_000);
afterAll(() => postgres.stop());
beforeEach(async () => {
  rig = await EngineRig.open(postgres);
  store = new PostgresSiteStore(rig.database);
  told = [];
  ports = { sites: store, hints: { changed: (what) => void told.push(what) } };
});
afterEach(async () => {
  expect(await rig.faults()).toEqual([]);
  await rig.close();
});

const set = (name: string, given: Partial<SiteSettings>, over: object = {}) =>
  changeSites(ports, { sites: [{ name, given }], mode: 'replace', how: 'hand', dryRun: false, ...over });

const newDesk = (): LeaseDesk =>
  new LeaseDesk({ store: rig.leases, newToken: () => randomUUID().replaceAll('-', ''), nowMs: () => Date.now() });

function ask(desk: LeaseDesk, session: string, { idle = false, id = randomUUID() } = {}): void {
  const free = { cores: 8, memoryMib: 65_536, walltimeLeftSec: null };
  desk.wait('gateway', [{ session, requestId: id, again: false, free, max: 5, ...(idle && { idle }) }]);
}

async function answersOf(desk: LeaseDesk): Promise<LeaseAnswer[]> {
  const answers: LeaseAnswer[] = [];
  for (let more = true; more;) {
    const round = await desk.serve();
    answers.push(...round.answers.map(({ body }) => LeaseAnswer.parse(JSON.parse(body))));
    more = round.more;
  }
  return answers;
}

test('a site appears with its first worker, open and with the defaults', async () => {
  await rig.register({ site: 'new', cores: 4, memoryMib: 1_000, gpus: 2, diskMib: 5_000, features: ['bwrap'] });
  await rig.register({ site: 'new', cores: 4, memoryMib: 1_000 });
  const [site] = await store.list(['new']);
  expect(site).toMatchObject({ state: 'open', pullCores: null, sandbox: 'auto', workers: 2, cores: 8, leased: 0 });
  const [worker] = await store.workers({ sites: ['new'], states: ['live'], sessions: null, after: '0', rows: 1 });
  expect(worker).toMatchObject({ gpus: 2, diskMib: 5_000, features: ['bwrap'], walltimeLeftSec: null });
});

test('a worker is told the terms of its site when it registers', async () => {
  await set('slow', { suspectSec: 120, orphanSec: 3_600, cutOffStopSec: 7, sandbox: 'required', state: 'draining' });
  const worker = { site: 'slow', worker: 'w', cores: 1, memoryMib: 1, walltimeSec: null, tags: {}, transforms: [] };
  expect(await rig.sessions.register({ ...worker, gpus: 0, diskMib: null, features: [] })).toMatchObject({
    ...{ suspectSec: 120, orphanSec: 3_600, cutOffStopSec: 7, site: { state: 'draining', sandbox: 'required' } },
  });
});

test('no broker grants at a stopped site, also one that has looked at jobs and sessions before', async () => {
  const workflow = await rig.submit({ jobs: [{}, {}] });
  const session = await rig.register();
  const [knowing, other] = [newDesk(), newDesk()];
  for (const desk of [knowing, other]) {
    ask(desk, session);
    await answersOf(desk); // learns the session; nothing was said to be ready
    desk.noteReady(await rig.leases.readyClasses());
  }
  await set('here', { state: 'stopped' });
  for (const desk of [knowing, other]) {
    expect(await answersOf(desk)).toMatchObject([{ lease: null, site: { state: 'stopped' } }]);
  }
  expect(await rig.lease(session, 5)).toEqual([]);
  expect(await rig.census(workflow)).toEqual({ '1/0': 2 });
});

test('a worker that asks idle is answered once its site is open, and one that does not once it is closed', async () => {
  const session = await rig.register();
  const desk = newDesk();
  ask(desk, session);
  expect(await answersOf(desk)).toEqual([]);
  await set('here', { state: 'draining' });
  desk.forgetSite('here');
  expect(await answersOf(desk)).toMatchObject([{ lease: null, site: { state: 'draining' } }]);
  ask(desk, session, { idle: true });
  expect(await answersOf(desk)).toEqual([]);
  await set('here', { state: 'open' });
  await desk.sweep(); // the first look at all sites: it knows none of them
  expect(await answersOf(desk)).toMatchObject([{ lease: null, site: { state: 'open' } }]);
});

test('what a lost hint about a site hid is found by a sweep', async () => {
  const session = await rig.register();
  const desk = newDesk();
  ask(desk, session);
  await desk.sweep();
  await answersOf(desk);
  await desk.sweep();
  expect(await answersOf(desk)).toEqual([]);
  await set('here', { state: 'stopped' });
  await desk.sweep();
  expect(await answersOf(desk)).toMatchObject([{ site: { state: 'stopped' } }]);
});

test('jobs above the pull ceiling of a site go elsewhere, those at it do not', async () => {
  await rig.submit({ jobs: [{}] });
  const [[cores = 0, memory = 0] = []] = (await rig.query('select cores, memory_mib from ready_class')) as number[][];
  await set('low', { pullMemoryMib: memory - 1 });
  await set('even', { pullMemoryMib: memory, pullCores: cores });
  const [low, even] = [await rig.register({ site: 'low' }), await rig.register({ site: 'even' })];
  const desk = newDesk();
  ask(desk, low);
  await desk.sweep();
  expect(await answersOf(desk)).toEqual([]);
  ask(desk, even);
  await desk.sweep();
  expect((await answersOf(desk)).map(({ jobs }) => jobs.length)).toEqual([1]);
});

test('what a stop evicts is tried again at once however often, uncharged, and is recorded', async () => {
  const workflow = await rig.submit({ jobs: [{}] });
  await rig.query('update task set infra_retries = 0, retries = 0');
  for (let round = 1; round <= 3; round += 1) {
    const session = await rig.register();
    const jobs = await rig.lease(session, 1);
    expect(jobs).toHaveLength(1);
    await rig.end(session, jobs, { outcome: 'failed', reason: 'evicted', byOrder: true });
  }
  expect(await rig.census(workflow)).toEqual({ '1/0': 1 });
  expect(await rig.query('select infra_used, tries_used from job_state')).toEqual([[0, 0]]);
  expect(await rig.query('select count(*)::int from attempt where workflow_id = $1', [workflow])).toEqual([[3]]);
});

test('a heartbeat brings what holds at the site, and what the worker was told to do, until it does it', async () => {
  const session = await rig.register();
  const bus = { publish: () => Promise.resolve(), oldestUnsettledSec: () => Promise.resolve(null) };
  const desk = new SessionDesk({
    ...{ store: rig.sessions, bus, terms: defaultTerms },
    ...{ newBatchId: randomUUID, nowMs: () => Date.now() },
  });
  const beat = async (draining = false) => {
    const [answer] = await desk.beat([
      { session, upMs: 0, heldCount: 0, heldHash: 0, leaseSeen: null, batches: [], draining },
    ]);
    return answer;
  };
  const usual = { heartbeatSec: 20, cutOffStopSec: null };
  expect(await beat()).toMatchObject({ site: { state: 'open' }, terms: usual, drain: false, stop: false });
  await set('here', { suspectSec: 6, cutOffStopSec: 600, sandbox: 'required' });
  expect(await beat()).toMatchObject({
    ...{ site: { sandbox: 'required' }, terms: { heartbeatSec: 2, cutOffStopSec: 600 } },
  });
  await set('here', { state: 'stopped' });
  expect(await beat()).toMatchObject({ site: { state: 'stopped' }, drain: false });
  expect(await orderWorker(ports, { session, verb: 'drain', note: 'old', by: 'ann', dryRun: true })).toMatchObject({
    ...{ changed: true, worker: { ordered: 'drain', note: 'old' } },
  });
  expect(await beat()).toMatchObject({ drain: false });
  await orderWorker(ports, { session, verb: 'drain', note: 'old', by: 'ann', dryRun: false });
  expect(told.at(-1)).toEqual({ sites: [], sessions: [session] });
  expect(await beat()).toMatchObject({ drain: true, stop: false });
  expect(await beat(true)).toMatchObject({ drain: false });
  await orderWorker(ports, { session, verb: 'stop', note: '', by: '', dryRun: false });
  expect(await beat(true)).toMatchObject({ stop: true });
  const again = await orderWorker(ports, { session, verb: 'drain', note: '', by: '', dryRun: false });
  expect(again).toMatchObject({ changed: false, worker: { ordered: 'stop' } });
});

test('a worker that was told to end is granted nothing, and its open poll says so', async () => {
  await rig.submit({ jobs: [{}] });
  const session = await rig.register();
  const desk = newDesk();
  ask(desk, session);
  await answersOf(desk);
  await orderWorker(ports, { session, verb: 'drain', note: '', by: '', dryRun: false });
  expect(await rig.lease(session, 1)).toEqual([]);
  desk.forgetSession(session);
  expect(await answersOf(desk)).toMatchObject([{ lease: null, drain: true, stop: false }]);
});

test('a dry run tells what the order would do, and changes nothing', async () => {
  await rig.register();
  const given = { state: 'stopped' as const, pullCores: 4 };
  const rehearsed = await set('here', given, { mode: 'change', dryRun: true });
  expect(told).toEqual([]);
  expect((await store.list(['here']))[0]).toMatchObject({ state: 'open', pullCores: null });
  expect(await set('here', given, { mode: 'change' })).toEqual({
    ...rehearsed,
    views: [expect.objectContaining(given)],
  });
  expect(told).toEqual([{ sites: ['here'], sessions: [] }]);
  expect(await set('here', given, { mode: 'change' })).toMatchObject({ changed: [{ changes: [] }] });
  expect(await set('nowhere', given, { mode: 'change' })).toEqual({ kind: 'unknown', names: ['nowhere'] });
});

test('an order about many sites changes all or none', async () => {
  const bad = { suspectSec: 100, orphanSec: 50 };
  const order = { mode: 'replace', how: 'hand', dryRun: false } as const;
  const outcome = await changeSites(ports, {
    ...order,
    sites: [
      { name: 'good', given: {} },
      { name: 'bad', given: bad },
    ],
  });
  expect(outcome).toMatchObject({ kind: 'bad', faults: [{ name: 'bad', setting: 'orphanSec' }] });
  expect(await store.list()).toEqual([]);
});

test('the file that a broker reads counts once, and never opens what a person closed', async () => {
  const record = jest.fn(() => Promise.resolve());
  const file = (hash: string, state: 'open' | 'draining') => ({
    record,
    entries: [{ name: 'A', state, tags: { from: hash } }, { name: 'B' }],
    ...{ hash, by: 'file' },
  });
  const twice = await Promise.all([
    applySitesFile(ports, file('1', 'draining')),
    applySitesFile(ports, file('1', 'draining')),
  ]);
  expect(twice.map(({ kind }) => kind).sort()).toEqual(['done', 'same']);
  expect(record).toHaveBeenCalledTimes(1);
  await set('A', { state: 'open', tags: { from: 'hand' } });
  expect(await applySitesFile(ports, file('1', 'draining'))).toEqual({ kind: 'same' });
  expect((await store.list(['A']))[0]).toMatchObject({ state: 'open', tags: { from: 'hand' } });
  await set('A', { state: 'stopped' }, { note: 'disk full', by: 'ann' });
  const outcome = await applySitesFile(ports, file('2', 'open'));
  expect(outcome).toMatchObject({
    changed: [
      { name: 'A', refusedState: 'open' },
      { name: 'B', changes: [] },
    ],
  });
  expect((await store.list(['A']))[0]).toMatchObject({
    ...{ state: 'stopped', tags: { from: '2' }, note: 'disk full', orderedBy: 'ann', orderedHow: 'hand' },
  });
  await set('A', { state: 'open' });
  await applySitesFile(ports, file('3', 'draining'));
  expect((await store.list(['A']))[0]).toMatchObject({ state: 'draining', orderedHow: 'file' });
  await applySitesFile(ports, file('4', 'open'));
  expect((await store.list(['A']))[0]).toMatchObject({ state: 'open' }); // what a file closed a file may open
});

test('a site is forgotten only when no worker is there', async () => {
  const session = await rig.register();
  expect(await store.remove('here', { dryRun: false })).toBe(false);
  await rig.sessions.end([session], 'ended');
  expect(await store.remove('here', { dryRun: true })).toBe(true);
  expect(await store.remove('here', { dryRun: false })).toBe(true);
  expect(await store.list()).toEqual([]);
});

test('a site says how many ends came late, again or to nothing; plain ones write nothing', async () => {
  const workflow = await rig.submit({ jobs: [{}, {}, {}, {}] });
  const [worker, other] = [await rig.register(), await rig.register({ site: 'there' })];
  const jobs = (await rig.lease(worker, 4)).sort((a, b) => a.ordinal - b.ordinal);
  const tell = async (session: string, told: GrantedJob[], end: TrialEnd = {}) =>
    (
      await rig.settle(
        batchOf(
          session,
          told.map((job) => ({ job, end })),
        ),
      )
    ).verdicts;
  await tell(worker, jobs.slice(0, 2));
  expect(await rig.query('select * from report_count')).toEqual([]);
  await tell(worker, jobs.slice(2), { outcome: 'failed', reason: 'lost' });
  await tell(worker, jobs.slice(1, 3)); // one again, one late
  const [again] = await rig.lease(other, 1);
  expect(again).toMatchObject({ ordinal: 3, attempt: 2 });
  await tell(worker, jobs, { outcome: 'failed', reason: 'error' }); // three again, one to nothing
  await tell(other, again ? [again] : []);
  expect(await rig.workflowState(workflow)).toBe('done');
  const reports = (await store.list(['here', 'there'])).map((site) => site.reports);
  expect(reports).toEqual([
    { late: 1, duplicate: 4, stale: 1 },
    { late: 0, duplicate: 0, stale: 0 },
  ]);
  await rig.sessions.end([worker], 'ended');
  await store.remove('here', { dryRun: false });
  expect(await rig.query('select * from report_count')).toEqual([]);
});
