/** Goal: a job is granted once, to one worker, and a request is answered once, whatever crashes between. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { LeaseAnswer } from '#contracts';
import { LeaseDesk, type DeskAnswer, type GrantedJob } from '#engine';
import { batchOf, EngineRig, startTestPostgres, type TestPostgres } from '#test-kit';

let postgres: TestPostgres;
let rig: EngineRig;

beforeAll(async () => {
  postgres = await startTestPostgres();
}, 120_000);
afterAll(() => postgres.stop());
beforeEach(async () => {
  rig = await EngineRig.open(postgres);
});
afterEach(() => rig.close());

const free = { cores: 8, memoryMib: 65_536, walltimeLeftSec: null };

const newDesk = (): LeaseDesk =>
  new LeaseDesk({ store: rig.leases, newToken: () => randomUUID().replaceAll('-', ''), nowMs: () => Date.now() });

/** Asks a desk once, as a broker does after a sweep. */
async function ask(desk: LeaseDesk, session: string, request: { id: string; max: number; again?: boolean }) {
  const { id, max, again = false } = request;
  desk.wait('gateway', [{ session, requestId: id, again, free, max }]);
  await desk.sweep();
  return serve(desk, session);
}

async function serve(desk: LeaseDesk, session: string) {
  const answers: DeskAnswer[] = [];
  for (let more = true; more;) {
    const round = await desk.serve();
    answers.push(...round.answers);
    more = round.more;
  }
  return answers
    .filter((answer) => answer.session === session)
    .map((answer) => LeaseAnswer.parse(JSON.parse(answer.body)));
}

test('the same request gets the same lease from a broker that knows nothing of the one before', async () => {
  await rig.submit({ jobs: Array.from({ length: 20 }, () => ({})) });
  const session = await rig.register();
  const [first] = await ask(newDesk(), session, { id: 'once', max: 7 });
  expect(first?.jobs).toHaveLength(7);
  expect(await ask(newDesk(), session, { id: 'once', max: 7, again: true })).toEqual([first]);
  expect(await ask(newDesk(), session, { id: 'once', max: 7 })).toEqual([first]); // although it does not say `again`
  expect(await rig.query('select count(*)::int from lease')).toEqual([[1]]);
  const [next] = await ask(newDesk(), session, { id: 'twice', max: 20 });
  expect(next?.jobs).toHaveLength(13);
  expect(await rig.faults()).toEqual([]);
});

test('a worker that must end before a job would is not granted it; one with more time is', async () => {
  await rig.submit({ jobs: [{}] });
  await rig.client.query('update ready_class set walltime_sec = 600');
  const session = await rig.register();
  const leave = (sec: number) =>
    rig.client.query(`update session set walltime_end_at = now() + $1::int * interval '1 second'`, [sec]);
  await leave(590);
  expect(await ask(newDesk(), session, { id: 'short', max: 1 })).toEqual([]);
  await leave(610);
  const [answer] = await ask(newDesk(), session, { id: 'long', max: 1 });
  expect(answer?.jobs).toHaveLength(1);
});

test('a request that repeats beside new ones does not keep these from being answered', async () => {
  await rig.submit({ jobs: Array.from({ length: 20 }, () => ({})) });
  const [one, other] = [await rig.register(), await rig.register()];
  await ask(newDesk(), one, { id: 'once', max: 5 });
  const desk = newDesk();
  desk.wait('gateway', [{ session: one, requestId: 'once', again: false, free, max: 5 }]);
  const [answer] = await ask(desk, other, { id: 'mine', max: 5 });
  expect(answer?.jobs).toHaveLength(5);
  expect(await rig.faults()).toEqual([]);
});

test('brokers that ask at once never grant a job twice', async () => {
  const jobs = 3_000;
  const workflowNo = await rig.submit({ jobs: Array.from({ length: jobs }, () => ({})) });
  const sessions = await Promise.all(Array.from({ length: 4 }, () => rig.register()));
  const granted: GrantedJob[] = [];
  while (granted.length < jobs) {
    const rounds = await Promise.all(sessions.map((session) => rig.lease(session, 1 + (granted.length % 97))));
    granted.push(...rounds.flat());
  }
  expect(new Set(granted.map((job) => job.ordinal)).size).toBe(jobs);
  expect(granted.every((job) => job.attempt === 1)).toBe(true);
  expect(await rig.census(workflowNo)).toEqual({ '2/0': jobs });
  expect(await rig.faults()).toEqual([]);
});

/** Two jobs in a chain, the first of which has just finished. @returns what the settle says of the second. */
async function secondReady(session: string) {
  await rig.submit({ jobs: [{}, { parents: [0] }] });
  const [first] = await rig.lease(session, 1);
  if (!first) throw new Error('nothing was leased');
  const settled = await rig.settle(batchOf(session, [{ job: first, end: {} }]));
  expect(settled.rows).toMatchObject([{ jobs: 1, priority: 500 }]);
  return settled.rows;
}

test('a row that a settle told of is granted without a look', async () => {
  const session = await rig.register();
  const desk = newDesk();
  desk.noteRows(await secondReady(session));
  const peek = jest.spyOn(rig.leases, 'peek');
  desk.wait('gateway', [{ session, requestId: 'one', again: false, free, max: 5 }]);
  const [answer] = await serve(desk, session);
  expect(answer?.jobs).toMatchObject([{ ordinal: 1 }]);
  expect(peek).not.toHaveBeenCalled();
  expect(await rig.faults()).toEqual([]);
});

test('a row that another broker took is looked for no longer, and what is there instead is granted', async () => {
  const session = await rig.register();
  const desk = newDesk();
  desk.noteRows(await secondReady(session));
  await rig.lease(session, 1);
  await rig.submit({ jobs: [{}] });
  desk.wait('gateway', [{ session, requestId: 'one', again: false, free, max: 5 }]);
  const [answer] = await serve(desk, session);
  expect(answer?.jobs).toMatchObject([{ ordinal: 0 }]);
  expect(await rig.faults()).toEqual([]);
});

test('a session that is over is granted nothing, and what it would have got stays ready', async () => {
  const workflowNo = await rig.submit({ jobs: [{}, {}] });
  const session = await rig.register();
  await rig.sessions.end([session], 'lost');
  expect(await rig.lease(session, 2)).toEqual([]);
  expect(await rig.census(workflowNo)).toEqual({ '1/0': 2 });
  expect(await rig.faults()).toEqual([]);
});

test('leasing that races a cancel neither deadlocks nor hands out a job of it afterwards', async () => {
  for (let round = 0; round < 10; round += 1) {
    const workflowNo = await rig.submit({ jobs: Array.from({ length: 2_000 }, () => ({})) });
    const sessions = await Promise.all(Array.from({ length: 3 }, () => rig.register()));
    const leases = sessions.map((session) => rig.lease(session, 700));
    await Promise.all([rig.cancel(workflowNo), ...leases]);
    expect(await Promise.all(sessions.map((session) => rig.lease(session, 700)))).toEqual([[], [], []]);
    await Promise.all([rig.runCommands(), ...sessions.map((session) => rig.lease(session, 700))]);
    expect(await rig.workflowState(workflowNo)).toBe('cancelled');
  }
  expect(await rig.faults()).toEqual([]);
}, 60_000);
