/** Goal: shares hold with the real statements: what is charged, who is served, and that brokers agree. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { EngineRig, startTestPostgres, type TestPostgres } from '#test-kit';
import { ageLeases, askOnce, newBroker, setWeight, useByPath } from './share-trial.js';

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

const jobs = (count: number) => Array.from({ length: count }, () => ({}));
const second = (n: number) => ({ startedAtMs: 1_700_000_000_000, endedAtMs: 1_700_000_000_000 + n * 1_000 });

test('a leaf per user of a space comes by itself, below the nodes of the space; classes belong to leaves', async () => {
  await rig.submit({ jobs: jobs(1), space: 'rubin/dm', owner: 'alice' });
  await rig.submit({ jobs: jobs(1), space: 'rubin/dm', owner: 'bob' });
  await rig.submit({ jobs: jobs(1), space: 'rubin/dm', owner: 'alice' });
  await rig.submit({ jobs: jobs(1), space: '', owner: 'a/b c' });
  const shares = await rig.query(
    'select s.path, p.path from share s left join share p on p.id = s.parent_id order by s.path',
  );
  expect(shares).toEqual([
    ['default', null],
    ['default/a%2Fb%20c', 'default'],
    ['rubin', null],
    ['rubin/dm', 'rubin'],
    ['rubin/dm/alice', 'rubin/dm'],
    ['rubin/dm/bob', 'rubin/dm'],
  ]);
  const classes = await rig.query('select s.path from ready_class c join share s on s.id = c.share_id order by s.path');
  expect(classes).toEqual([['default/a%2Fb%20c'], ['rubin/dm/alice'], ['rubin/dm/bob']]);
});

test('every attempt is charged once: what it ran times its cores, never more than since its grant', async () => {
  await rig.submit({
    jobs: jobs(6),
    space: 's',
    owner: 'u',
    templates: { job: { transform: 'noop', resources: { cores: 2 } } },
    retry: { job: { retries: 3 } },
  });
  const session = await rig.register();
  const granted = await rig.lease(session, 5);
  await ageLeases(rig, 20);
  await rig.end(session, granted.slice(0, 1), second(5));
  await rig.end(session, granted.slice(0, 1), second(5)); // a duplicate
  await rig.end(session, granted.slice(1, 2), { ...second(7), outcome: 'failed', reason: 'error', exitCode: 1 });
  await rig.end(session, granted.slice(2, 3), second(3_600)); // its worker's clock is wrong
  await rig.end(session, granted.slice(3, 5), { outcome: 'returned', startedAtMs: undefined });
  const [[coreSec]] = (await rig.query('select sum(core_sec) from share_use')) as [[number]];
  expect(coreSec).toBeGreaterThan(2 * (5 + 7 + 20));
  expect(coreSec).toBeLessThan(2 * (5 + 7 + 20) + 20);
  expect((await useByPath(rig))['s']).toBeCloseTo(coreSec, 0);
  expect(await rig.faults()).toEqual([]);
});

test('a cancelled attempt that ran is charged since its grant; nothing of it is in flight any more', async () => {
  const workflow = await rig.submit({ jobs: jobs(3), space: 's', owner: 'u' });
  const session = await rig.register();
  await rig.lease(session, 2);
  await ageLeases(rig, 600);
  const before = (await useByPath(rig))['s/u'] ?? 0;
  expect(before / 1_200).toBeCloseTo(1, 1);
  await rig.cancel(workflow);
  await rig.runCommands();
  expect(((await useByPath(rig))['s/u'] ?? 0) / before).toBeCloseTo(1, 1);
  expect(await rig.shares.inFlight()).toEqual([]);
});

test('old use is forgiven by half in each half-life', async () => {
  await rig.submit({ jobs: jobs(1), space: 's', owner: 'u' });
  const session = await rig.register();
  const granted = await rig.lease(session, 1);
  await ageLeases(rig, 4_000);
  await rig.end(session, granted, second(4_000));
  await rig.query(`update share_use set used_at = used_at - interval '14 days'`);
  expect((await useByPath(rig))['s/u']).toBeCloseTo(1_000, 0);
});

test('prefetched jobs count for what they are expected to take, running ones for no more than the cores there are', async () => {
  await rig.submit({ jobs: jobs(100), space: 's', owner: 'u' });
  const session = await rig.register({ cores: 4 });
  await rig.lease(session, 50);
  const [unknown] = await rig.shares.inFlight();
  expect(unknown?.coreSec).toBeCloseTo(4 * 10);
  await rig.query('update task set run_ms_total = 500, run_count = 5'); // 0.1 s each
  const [young] = await rig.shares.inFlight();
  expect(young?.runningCores).toBeCloseTo(4);
  expect(young?.coreSec).toBeCloseTo(5);
  await ageLeases(rig, 1_000); // silent since then: four cores may have worked
  const [old] = await rig.shares.inFlight();
  expect((old?.coreSec ?? 0) / 4_000).toBeCloseTo(1, 1);
});

test('two users of weights 3 and 1 come out at 3 to 1, with two brokers that do not know of each other', async () => {
  await rig.submit({ jobs: jobs(3_000), space: 's', owner: 'heavy' });
  await rig.submit({ jobs: jobs(3_000), space: 's', owner: 'light' });
  await setWeight(rig, 's/heavy', 3);
  const clock = { nowMs: 0 };
  const brokers = [newBroker(rig, clock), newBroker(rig, clock)];
  const sessions = await Promise.all([1, 2, 3, 4].map(() => rig.register({ cores: 1 })));
  for (let round = 0; round < 60; round += 1) {
    clock.nowMs += 1_000;
    const broker = brokers[round % 2];
    if (!broker) break;
    await broker.shares.refresh();
    const served = await askOnce(broker, sessions, 1);
    expect(served).toHaveLength(4); // no slot idle
    await ageLeases(rig, 10);
    for (const { session, jobs: ran } of served) await rig.end(session, ran, second(10));
  }
  const use = await useByPath(rig);
  expect((use['s/heavy'] ?? 0) / (use['s'] ?? 1)).toBeGreaterThan(0.75 * 0.95);
  expect((use['s/heavy'] ?? 0) / (use['s'] ?? 1)).toBeLessThan(0.75 * 1.05);
  expect(await rig.faults()).toEqual([]);
}, 60_000);

test('what one broker granted counts for the other from its next reading on', async () => {
  await rig.submit({ jobs: jobs(100), space: 's', owner: 'a' });
  await rig.submit({ jobs: jobs(100), space: 's', owner: 'b' });
  const clock = { nowMs: 0 };
  const [one, two] = [newBroker(rig, clock), newBroker(rig, clock)];
  const sessions = [await rig.register(), await rig.register()];
  const owners = async (): Promise<unknown[][]> =>
    rig.query(`select w.owner_subject, count(*)::int from job_state j join workflow w on w.id = j.workflow_id
      where j.state = 2 group by 1 order by 1`);
  await askOnce(one, sessions.slice(0, 1), 11);
  await askOnce(two, sessions.slice(1), 11);
  expect(await owners()).toEqual([
    ['a', 11],
    ['b', 11],
  ]);
}, 20_000);

test('a user with one job is served within one round while another has hundreds of thousands waiting', async () => {
  await rig.submit({ jobs: jobs(2), space: 's', owner: 'many' });
  await fillReady(rig, Number(process.env['SHARE_JOBS'] ?? 200_000));
  const clock = { nowMs: 0 };
  const broker = newBroker(rig, clock);
  const sessions = await Promise.all([1, 2, 3, 4].map(() => rig.register({ cores: 4 })));
  await askOnce(broker, sessions, 50);
  await rig.submit({ jobs: jobs(1), space: 's', owner: 'one' });
  clock.nowMs += 250;
  await broker.shares.refresh();
  await askOnce(broker, sessions, 1);
  const [leased] = await rig.query(`select j.state from job_state j join workflow w on w.id = j.workflow_id
    where w.owner_subject = 'one'`);
  expect(leased).toEqual([2]);
}, 120_000);

/** Makes the only workflow one of so many ready jobs, without the time that submitting them takes. */
async function fillReady(on: EngineRig, count: number): Promise<void> {
  await on.query('delete from ready');
  await on.query(
    `insert into job (workflow_id, ordinal, task, kind, name)
     select w.id, o, 0, 0, 'more' || o from workflow w, generate_series(2, $1 - 1) o`,
    [count],
  );
  await on.query(
    `insert into job_state (workflow_id, ordinal, task, parents_left, state)
     select w.id, o, 0, 0, 1 from workflow w, generate_series(2, $1 - 1) o`,
    [count],
  );
  await on.query(
    `insert into ready (class_id, priority, workflow_id, task, jobs, ordinals)
     select t.class_id, t.priority, t.workflow_id, 0, 400, array(select b * 400 + o from generate_series(0, 399) o)
     from task t, generate_series(0, $1 / 400 - 1) b`,
    [count],
  );
}

test('one lease in 64 begins with the oldest ready job, whosever it is', async () => {
  await rig.submit({ jobs: jobs(10), space: 'old', owner: 'spent' });
  await rig.submit({ jobs: jobs(1_000), space: 'new', owner: 'fresh' });
  await rig.query(`insert into share_use select id, 0, 1e9, 1e9, now() from share where path = 'old/spent'`);
  const broker = newBroker(rig, { nowMs: 0 });
  const session = await rig.register();
  for (let lease = 0; lease < 130; lease += 1) await askOnce(broker, [session], 1);
  const [[leased]] = (await rig.query(`select count(*)::int from job_state j join workflow w on w.id = j.workflow_id
    where w.owner_subject = 'spent' and j.state = 2`)) as [[number]];
  expect(leased).toBe(2);
}, 30_000);

test('a leaf that used up its allocation gets nothing; if it is not strict, what nobody else wants', async () => {
  await rig.submit({ jobs: jobs(10), space: 's', owner: 'spent' });
  await rig.submit({ jobs: jobs(2), space: 's', owner: 'other' });
  await rig.query(`insert into share_use select id, 0, 3601, 1, now() from share where path = 's/spent'`);
  await rig.query(`update share set core_hours = 1, period_from = now() where path = 's/spent'`);
  const sessions = [await rig.register()];
  const leasedOf = async (owner: string): Promise<unknown> =>
    (
      await rig.query(
        `select count(*)::int from job_state j join workflow w on w.id = j.workflow_id
         where w.owner_subject = $1 and j.state = 2`,
        [owner],
      )
    )[0]?.[0];
  await askOnce(newBroker(rig, { nowMs: 0 }), sessions, 5);
  expect([await leasedOf('spent'), await leasedOf('other')]).toEqual([0, 2]);
  await rig.query(`update share set strict = false where path = 's/spent'`);
  await askOnce(newBroker(rig, { nowMs: 0 }), sessions, 5);
  expect([await leasedOf('spent'), await leasedOf('other')]).toEqual([5, 2]);
});

test('an allocation begins anew with its period, however many brokers look', async () => {
  await rig.submit({ jobs: jobs(1), space: 's', owner: 'u' });
  await rig.query(`insert into share_use select id, 0, 5000, 0, now() from share where path = 's/u'`);
  await rig.query(
    `update share set core_hours = 1, period_sec = 86400, period_from = now() - interval '50 hours' where path = 's'`,
  );
  await Promise.all([1, 2, 3].map(() => rig.shares.beginPeriods()));
  const [row] = await rig.query(
    `select used_before, round(extract(epoch from now() - period_from) / 3600) from share where path = 's'`,
  );
  expect([row?.[0], Number(row?.[1])]).toEqual([5000, 2]);
});
