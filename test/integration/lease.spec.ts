/** Goal: a job is granted once, to one worker, and a request is answered once, whatever crashes between. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { LeaseAnswer, partitionOf } from '#contracts';
import { LeaseDesk, StoreUnavailable, type DeskAnswer, type GrantedJob } from '#engine';
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

const newDesk = (nowMs: () => number = () => Date.now()): LeaseDesk =>
  new LeaseDesk({ store: rig.leases, newToken: () => randomUUID().replaceAll('-', ''), nowMs });

const waitAs = (desk: LeaseDesk, session: string, requestId: string, gateway = 'gateway'): void =>
  desk.wait(gateway, [{ session, requestId, again: false, free, max: 5 }]);

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

test('a task whose stored template is none is left out and told once; the others are handed out', async () => {
  await rig.submit({ jobs: [{ label: 'bad' }, { label: 'bad' }, { label: 'good' }, { label: 'good' }] });
  await rig.query(`update task set template = '{"transform": 7}' where label = 'bad'`);
  const told: { task: number }[] = [];
  const desk = new LeaseDesk({
    ...{ store: rig.leases, newToken: () => randomUUID().replaceAll('-', ''), nowMs: () => Date.now() },
    onBadTask: (task) => void told.push(task),
  });
  const session = await rig.register();
  const jobs: number[] = [];
  for (let no = 0; no < 4; no += 1) {
    const answers = await ask(desk, session, { id: `r${no}`, max: 1 });
    jobs.push(...answers.flatMap((answer) => answer.jobs.map(({ ordinal }) => ordinal)));
  }
  expect(jobs).toEqual([2, 3]);
  expect(told).toHaveLength(1);
  desk.wait('gateway', [{ session, requestId: 'idle', again: false, free, max: 5 }]);
  expect(await serve(desk, session)).toEqual([]); // and nothing spins
});

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

test('a settle that frees a final job too leaves the brokers to look, whatever else it freed of that class', async () => {
  const chain = await rig.submit({ jobs: [{}, { parents: [0] }] });
  while (partitionOf(await rig.submit({ jobs: [{}], final: 'always' })) !== partitionOf(chain));
  const session = await rig.register();
  const jobs = await rig.lease(session, 100);
  const own = jobs.filter((job) => partitionOf(job.workflowNo) === partitionOf(chain));
  const settled = await rig.settle(
    batchOf(
      session,
      own.map((job) => ({ job, end: {} })),
    ),
  );
  expect(await rig.query('select count(*)::int from ready')).toEqual([[2]]);
  expect(settled.classes).toHaveLength(1);
  expect(settled.rows).toEqual([]);
  expect(await rig.faults()).toEqual([]);
});

test('a session that ended unseen does not keep the others of its round from what is ready', async () => {
  const workflowNo = await rig.submit({ jobs: [{}, {}] });
  const [gone, other] = [await rig.register(), await rig.register()];
  const desk = newDesk();
  for (const session of [gone, other]) {
    desk.wait('gateway', [{ session, requestId: 'early', again: false, free, max: 1 }]);
  }
  await desk.serve(); // nothing is known to be ready: only the sessions are read
  await rig.sessions.end([gone], 'ended');
  desk.noteReady(await rig.leases.readyClasses());
  const [answer] = await serve(desk, other);
  expect(answer?.jobs).toHaveLength(1);
  expect(await rig.census(workflowNo)).toEqual({ '1/0': 1, '2/0': 1 });
  expect(await rig.faults()).toEqual([]);
});

test('a look that failed is made up for by the next round: nothing waits for a sweep', async () => {
  const session = await rig.register();
  await rig.submit({ jobs: [{}] });
  const desk = newDesk();
  desk.wait('gateway', [{ session, requestId: 'one', again: false, free, max: 5 }]);
  desk.noteReady(await rig.leases.readyClasses());
  jest.spyOn(rig.leases, 'peek').mockRejectedValueOnce(new StoreUnavailable('peek'));
  await expect(desk.serve()).rejects.toThrow(StoreUnavailable);
  const [answer] = await serve(desk, session);
  expect(answer?.jobs).toHaveLength(1);
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

test('L3: a session waits with its newest request; what is said of older ones or by other gateways changes nothing', async () => {
  const session = await rig.register();
  const desk = newDesk();
  waitAs(desk, session, 'older', 'one');
  waitAs(desk, session, 'newer', 'two');
  desk.leave({ gateway: 'one', session, requestId: 'older' });
  desk.leave({ gateway: 'one', session, requestId: 'newer' });
  await rig.submit({ jobs: [{}] });
  await desk.sweep();
  const { answers } = await desk.serve();
  expect(answers.map(({ gateway, requestId }) => [gateway, requestId])).toEqual([['two', 'newer']]);
  expect(desk.waiters).toBe(0);
});

test('L3: nothing is granted to who left', async () => {
  const workflowNo = await rig.submit({ jobs: [{}] });
  const session = await rig.register();
  const desk = newDesk();
  waitAs(desk, session, 'one');
  desk.leave({ gateway: 'gateway', session, requestId: 'one' });
  desk.noteReady(await rig.leases.readyClasses());
  expect(await serve(desk, session)).toEqual([]);
  expect(await rig.census(workflowNo)).toEqual({ '1/0': 1 });
});

test('L4: a request that its gateway did not repeat for 15 s is forgotten, one that it repeats is not', async () => {
  const [silent, heard] = [await rig.register(), await rig.register()];
  let nowMs = 0;
  const desk = newDesk(() => nowMs);
  waitAs(desk, silent, 'silent');
  for (; nowMs <= 15_000; nowMs += 5_000) {
    waitAs(desk, heard, 'heard');
    await desk.sweep();
    expect(desk.waiters).toBe(2);
  }
  await desk.sweep();
  await rig.submit({ jobs: [{}, {}] });
  desk.noteReady(await rig.leases.readyClasses());
  const { answers } = await desk.serve();
  expect(answers.map(({ requestId }) => requestId)).toEqual(['heard']);
});

test('L5: without a hint nothing is looked for; with one only its classes, and once they are empty no more', async () => {
  const session = await rig.register();
  await rig.submit({ jobs: [{}, {}, {}] });
  const peek = jest.spyOn(rig.leases, 'peek');
  const desk = newDesk();
  waitAs(desk, session, 'one');
  expect(await serve(desk, session)).toEqual([]);
  expect(peek).not.toHaveBeenCalled();
  const classes = await rig.leases.readyClasses();
  desk.noteReady([...classes, 999_999]);
  expect(await serve(desk, session)).toMatchObject([{ jobs: [{}, {}, {}] }]);
  expect(peek.mock.calls.map(([looked]) => looked)).toEqual([classes]);
  waitAs(desk, session, 'two');
  expect(await serve(desk, session)).toEqual([]);
  expect(peek).toHaveBeenCalledTimes(1);
});

test('L5: rows that were told do not go before rows of higher priority that are to be looked at', async () => {
  const session = await rig.register();
  const desk = newDesk();
  desk.noteRows(await secondReady(session));
  const urgent = await rig.submit({ jobs: [{}] });
  await rig.query('update ready set priority = 900 where workflow_id = $1', [urgent]);
  desk.noteReady(await rig.leases.readyClasses());
  desk.wait('gateway', [{ session, requestId: 'one', again: false, free, max: 1 }]);
  await serve(desk, session);
  expect(await rig.census(urgent)).toEqual({ '2/0': 1 });
  desk.wait('gateway', [{ session, requestId: 'two', again: false, free, max: 1 }]);
  expect(await serve(desk, session)).toMatchObject([{ jobs: [{ ordinal: 1 }] }]); // without another hint
});

test('L5: rows told beyond what is remembered are found all the same', async () => {
  const session = await rig.register();
  await rig.submit({ jobs: Array.from({ length: 300 }, () => ({})) });
  await rig.query(
    `with one as (delete from ready returning *)
     insert into ready (class_id, priority, workflow_id, task, jobs, ordinals)
     select class_id, priority, workflow_id, task, 1, array[o] from one, unnest(ordinals) as o`,
  );
  const desk = newDesk();
  desk.noteRows(await rig.leases.peek(await rig.leases.readyClasses(), 1_000));
  desk.wait('gateway', [{ session, requestId: 'one', again: false, free, max: 200 }]);
  const [first] = await serve(desk, session);
  desk.wait('gateway', [{ session, requestId: 'two', again: false, free, max: 1_000 }]);
  const [second] = await serve(desk, session);
  expect(first?.jobs.length).toBeGreaterThan(0);
  expect(second?.jobs.length).toBeGreaterThan(0);
  expect(await rig.faults()).toEqual([]);
});

test('a poll that is ended to stop attempts is answered once, and its request may still get jobs', async () => {
  const session = await rig.register();
  const desk = newDesk();
  waitAs(desk, session, 'one');
  const kill = [{ job: '1:0', attempt: 1 }];
  const answer = desk.interrupt(session, kill);
  expect(LeaseAnswer.parse(JSON.parse(answer?.body ?? ''))).toMatchObject({ requestId: 'one', lease: null, kill });
  expect(desk.interrupt(session, kill)).toBeNull();
  await rig.submit({ jobs: [{}] });
  expect(await ask(desk, session, { id: 'one', max: 1, again: true })).toMatchObject([{ jobs: [{}] }]);
});

test('two brokers that wait for the same request grant it once and give the same answer', async () => {
  const workflowNo = await rig.submit({ jobs: Array.from({ length: 6 }, () => ({})) });
  const session = await rig.register();
  const desks = [newDesk(), newDesk()];
  for (const desk of desks) {
    waitAs(desk, session, 'one');
    await desk.sweep();
  }
  const answers = (await Promise.all(desks.map((desk) => serve(desk, session)))).flat();
  expect(answers).toHaveLength(2);
  expect(answers[0]).toEqual(answers[1]);
  expect(await rig.census(workflowNo)).toEqual({ '1/0': 1, '2/0': 5 });
  expect(await rig.faults()).toEqual([]);
});

test('two brokers that wait for the same requests in other orders do not wait for each other', async () => {
  const sessions = await Promise.all(Array.from({ length: 8 }, () => rig.register()));
  for (let round = 0; round < 20; round += 1) {
    await rig.submit({ jobs: Array.from({ length: 800 }, () => ({})) }); // two rows
    const rows = await rig.leases.peek(await rig.leases.readyClasses(), 1_000);
    const limits = { change: (await rig.leases.limits()).change, charged: false };
    const grants = await Promise.allSettled(
      [sessions, [...sessions].reverse()].map((order, row) =>
        rig.leases.grant({
          rows,
          limits,
          workers: order.map((session) => ({ session, requestId: `r${round}`, token: randomUUID() })),
          slices: order.map((_, worker) => ({ row, worker, first: worker * 50 + 1, last: worker * 50 + 50 })),
        }),
      ),
    );
    const refused = grants.flatMap((grant) => (grant.status === 'rejected' ? [(grant.reason as Error).name] : []));
    expect(refused).toEqual(['LeaseRepeated']);
    for (const grant of grants) if (grant.status === 'fulfilled') expect(grant.value).toHaveLength(400);
    await rig.query('delete from ready');
  }
}, 60_000);

test('a task says its space, and the output prefix that the space has now', async () => {
  await rig.query(`insert into space (name, output_prefix) values ('dp2', '/data/dp2')`);
  await rig.submit({ space: 'dp2', jobs: [{}, {}] });
  await rig.submit({ jobs: [{}] });
  const [answer] = await ask(newDesk(), await rig.register(), { id: 'r', max: 5 });
  const said = answer?.tasks.map(({ space, outputPrefix }) => ({ space, outputPrefix }));
  expect(said).toEqual(expect.arrayContaining([{ space: 'dp2', outputPrefix: '/data/dp2' }]));
  expect(said?.filter(({ outputPrefix }) => outputPrefix === undefined)).toHaveLength(1);
});
