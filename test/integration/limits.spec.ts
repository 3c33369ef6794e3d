/** Goal: at no instant more is with workers than a limit allows, whoever grants, settles, cancels or sets limits meanwhile (I17, I19). */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import {
  Database,
  PostgresFailureStore,
  PostgresLeaseStore,
  PostgresLimitStore,
  PostgresReadStore,
} from '#adapter-postgres';
import { LeaseAnswer } from '#contracts';
import { explainJob, LeaseDesk, type GrantedJob } from '#engine';
import { batchOf, EngineRig, Random, startTestPostgres, type TestPostgres, type TrialEnd } from '#test-kit';

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
const all = { visible: null, subject: '' };
const db = { kind: 'named', name: 'db_limit' } as const;
const jobs = (count: number, label = 'job') => Array.from({ length: count }, () => ({ label }));
const limited = { job: { limits: ['db_limit'] } };

const deskOf = (store = rig.leases): LeaseDesk =>
  new LeaseDesk({ store, newToken: () => randomUUID().replaceAll('-', ''), nowMs: () => Date.now() });

const wait = (desk: LeaseDesk, session: string, max = 100): void =>
  desk.wait('gateway', [{ session, requestId: randomUUID(), again: false, idle: false, free, max }]);

interface Given {
  session: string;
  jobs: GrantedJob[];
}

/** Serves until nothing more can be had. */
async function serve(desk: LeaseDesk): Promise<Given[]> {
  const given: Given[] = [];
  for (let more = true; more;) {
    const round = await desk.serve();
    more = round.more;
    for (const { session, body } of round.answers) {
      const { lease, tasks, jobs: granted } = LeaseAnswer.parse(JSON.parse(body));
      const own = granted.map(({ task, ordinal, attempt, name }) => ({
        ...{ worker: 0, leaseId: lease?.id ?? '', token: lease?.token ?? '', task, ordinal, attempt, name, spec: null },
        classId: 0, // an answer does not say it
        workflowNo: tasks[task]?.workflowNo ?? '',
      }));
      given.push({ session, jobs: own });
    }
  }
  return given;
}

/** As a broker that has just swept. */
async function ask(desk: LeaseDesk, session: string, max = 100): Promise<GrantedJob[]> {
  wait(desk, session, max);
  await desk.sweep();
  return (await serve(desk)).flatMap((given) => (given.session === session ? given.jobs : []));
}

const used = async (limit: { kind: 'named' | 'site' | 'space' | 'user'; name: string }) => {
  const view = await rig.limits.read(limit);
  return view && [view.usedJobs, view.usedCores];
};

test('three places left are three jobs, those that go first; the next place is one more', async () => {
  await rig.submit({ jobs: jobs(10), templates: limited });
  const first = await rig.submit({ jobs: jobs(2), templates: { job: { limits: ['db_limit'], priority: 900 } } });
  await rig.limits.set(db, { capJobs: 3, capCores: null });
  const session = await rig.register();
  const desk = deskOf();
  const got = await ask(desk, session);
  expect(got).toHaveLength(3);
  expect(got.filter((job) => job.workflowNo === first)).toHaveLength(2);
  wait(desk, session);
  expect(await serve(desk)).toEqual([]);
  const [one] = got;
  const settled = await rig.settle(batchOf(session, [{ job: one as GrantedJob, end: {} }]));
  expect(settled.limits).toHaveLength(1);
  desk.noteFreed(settled.limits);
  expect((await serve(desk)).flatMap((given) => given.jobs)).toHaveLength(1);
  expect(await used(db)).toEqual([3, 3]);
  expect(await rig.faults()).toEqual([]);
});

test('what no limit names runs beside what one holds up, and to other sites goes what one site may not have', async () => {
  await rig.submit({ jobs: jobs(5), templates: limited });
  await rig.submit({ jobs: jobs(5) });
  await rig.limits.set(db, { capJobs: 0, capCores: null });
  await rig.limits.set({ kind: 'site', name: 'here' }, { capJobs: 2, capCores: null });
  const desk = deskOf();
  expect(await ask(desk, await rig.register())).toHaveLength(2);
  expect(await ask(desk, await rig.register({ site: 'there' }))).toHaveLength(3);
  expect(await ask(desk, await rig.register({ site: 'there' }))).toHaveLength(0);
});

test('caps of cores count cores, and a job that would pass one waits while a smaller one runs', async () => {
  const big = { job: { resources: { cores: 3 } } };
  await rig.submit({ jobs: jobs(2), templates: big, owner: 'alice' });
  await rig.submit({ jobs: jobs(4), templates: { job: { resources: { cores: 0.5 } } }, owner: 'alice' });
  await rig.limits.set({ kind: 'user', name: 'alice' }, { capJobs: null, capCores: 4.2 });
  expect(await ask(deskOf(), await rig.register())).toHaveLength(3);
  expect(await used({ kind: 'user', name: 'alice' })).toEqual([3, 4]);
});

test('a cap that is set while jobs run counts them at once; below what runs nothing is granted until enough has ended', async () => {
  await rig.submit({ jobs: jobs(10), templates: limited, space: 'rubin' });
  const session = await rig.register();
  const desk = deskOf();
  const running = await ask(desk, session, 6);
  const space = { kind: 'space', name: 'rubin' } as const;
  expect(await rig.limits.set(space, { capJobs: 4, capCores: null })).toMatchObject({ usedJobs: 6, usedCores: 6 });
  expect(await ask(desk, session)).toEqual([]);
  await rig.end(session, running.slice(0, 2));
  expect(await ask(desk, session)).toEqual([]);
  await rig.end(session, running.slice(2, 3));
  expect(await ask(desk, session)).toHaveLength(1);
  expect(await rig.faults()).toEqual([]);
  await rig.limits.set(space, { capJobs: 9, capCores: null });
  expect(await ask(desk, session)).toHaveLength(3);
  expect(await rig.limits.remove(space)).toBe(true);
  expect(await rig.limits.remove(space)).toBe(false);
  expect(await rig.faults()).toEqual([]);
});

test('a grant that meets the setting of a limit waits for it and is judged by it', async () => {
  await rig.submit({ jobs: jobs(4), templates: limited });
  const session = await rig.register();
  const desk = deskOf();
  wait(desk, session, 1);
  await desk.sweep();
  await serve(desk); // it knows: there is no limit
  await rig.query('begin');
  await rig.query('lock table lease in share row exclusive mode');
  wait(desk, session);
  desk.noteReady(await rig.leases.readyClasses());
  const serving = serve(desk);
  await until(async () => (await waitingForLocks()) > 0);
  await rig.query("insert into limit_use (kind, name, cap_jobs, granted_jobs) values ('named', 'db_limit', 1, 1)");
  await rig.query('update limit_change set no = no + 1');
  await rig.query('commit');
  expect(await serving).toEqual([]);
  expect(await rig.query('select count(*)::int from job_state where state = 2')).toEqual([[1]]);
});

const waitingForLocks = async (): Promise<number> => {
  const [row] = await rig.query('select count(*)::int from pg_locks where not granted');
  return Number(row?.[0]);
};

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
}

test.each<[string, (session: string, running: GrantedJob[], workflowNo: string) => Promise<unknown>]>([
  ['finish', (session, running) => rig.end(session, running)],
  ['fail', (session, running) => rig.end(session, running, { outcome: 'failed', reason: 'error' })],
  ['go back', (session, running) => rig.end(session, running, { outcome: 'returned' })],
  ['are lost', (session, running) => rig.end(session, running, { outcome: 'failed', reason: 'lost' })],
  [
    'are cancelled',
    async (_session, _running, workflowNo) => {
      await rig.cancel(workflowNo);
      expect((await rig.runCommands()).limits).toHaveLength(2);
    },
  ],
])('attempts that %s give their places back, once, however often it is told', async (_how, end) => {
  await rig.limits.set(db, { capJobs: 5, capCores: null });
  await rig.limits.set({ kind: 'site', name: 'here' }, { capJobs: null, capCores: 5 });
  const workflowNo = await rig.submit({ jobs: jobs(8), templates: limited });
  const session = await rig.register();
  const running = await ask(deskOf(), session);
  expect(running).toHaveLength(5);
  expect(await used(db)).toEqual([5, 5]);
  await end(session, running, workflowNo);
  await rig.end(session, running); // late
  expect(await used(db)).toEqual([0, 0]);
  expect(await used({ kind: 'site', name: 'here' })).toEqual([0, 0]);
  expect(await rig.faults()).toEqual([]);
});

test('a late end under a limit waits for no grant that has the limit locked', async () => {
  await rig.limits.set(db, { capJobs: 5, capCores: null });
  const workflowNo = await rig.submit({ jobs: jobs(1), templates: limited });
  const session = await rig.register();
  const running = await ask(deskOf(), session);
  await rig.end(session, running, { outcome: 'failed', reason: 'lost' });
  await rig.query('begin');
  await rig.query('select from limit_use for update');
  await rig.end(session, running); // takes the loss back and ends it: the same row of limit_ended, twice
  expect(await rig.workflowState(workflowNo)).toBe('done');
  await rig.query('rollback');
  expect(await used(db)).toEqual([0, 0]);
});

test('a limit whose counting broke off is as if it were not set, and counts right when it is set again', async () => {
  await rig.submit({ jobs: jobs(6), templates: limited });
  const session = await rig.register();
  const running = await ask(deskOf(), session, 2);
  await rig.limits.set(db, { capJobs: 3, capCores: null });
  await rig.query('update limit_use set counting = 0, granted_jobs = 0, cap_jobs = null');
  expect([await rig.limits.list(all), await rig.limits.read(db)]).toEqual([[], null]);
  running.push(...(await ask(deskOf(), session, 2)));
  await rig.end(session, running.splice(0, 1));
  expect(running).toHaveLength(3);
  expect(await rig.limits.set(db, { capJobs: 4, capCores: null })).toMatchObject({ usedJobs: 3, capJobs: 4 });
  expect(await ask(deskOf(), session)).toHaveLength(1);
  expect(await rig.faults()).toEqual([]);
});

test('several who set one limit at once all set it, and it counts what runs once', async () => {
  await rig.submit({ jobs: jobs(6), templates: limited });
  await ask(deskOf(), await rig.register(), 2);
  const stores = Array.from({ length: 3 }, () => new PostgresLimitStore(rig.database));
  const views = await Promise.all(stores.map((store, no) => store.set(db, { capJobs: no, capCores: null })));
  expect(views.map(({ usedJobs }) => usedJobs)).toEqual([2, 2, 2]);
  expect(await used(db)).toEqual([2, 2]);
  expect(await rig.faults()).toEqual([]);
});

test('a job that a limit holds up says so, and whose jobs have its places', async () => {
  const workflowNo = await rig.submit({ jobs: jobs(3), templates: limited });
  await rig.limits.set(db, { capJobs: 2, capCores: null });
  const desk = deskOf();
  const session = await rig.register();
  const why = async () => {
    const stores = { reads: new PostgresReadStore(rig.database), failures: new PostgresFailureStore(rig.database) };
    return explainJob({ ...stores, waits: rig.waits, shares: rig.shares }, { workflowNo, named: '2', visible: null });
  };
  expect(await why()).toMatchObject({ cause: 'ready' });
  await ask(desk, session);
  expect(await why()).toMatchObject({
    cause: 'limit',
    lines: [
      expect.stringMatching(
        /^limit db_limit is at its cap: 2 of 2 jobs are with workers; they are held by 2 of w-\w+ \(trial\)$/,
      ),
      '  sluice limit set db_limit --jobs 3',
    ],
  });
});

test('a rehearsal says what runs, and sets nothing', async () => {
  await rig.submit({ jobs: jobs(3), templates: limited });
  const session = await rig.register();
  await ask(deskOf(), session, 2);
  expect(await rig.limits.rehearse(db, { capJobs: 1, capCores: null })).toMatchObject({ usedJobs: 2, capJobs: 1 });
  expect(await rig.limits.list(all)).toEqual([]);
  expect(await ask(deskOf(), session)).toHaveLength(1);
});

/**
 * Counts what runs by the states of jobs alone, in the order in which transactions commit: its rows stay locked to their
 * end. Where something begins that passes a cap as it is then, the transaction fails.
 */
const ledger = `
  create table limit_ledger (kind text, name text, jobs int not null, millicores int not null, primary key (kind, name));
  create function keep_ledger() returns trigger language plpgsql as $$
  declare
    d record;
    l limit_ledger;
  begin
    for d in
      select k.kind, k.name, sum(k.sign)::int as jobs, sum(k.sign * k.millicores)::int as millicores
      from (
        select
          case when n.state = 2 then 1 else -1 end as sign, round(c.cores * 1000)::int as millicores, w.space,
          w.owner_subject, o.site, t.template
        from new_state n
        join old_state b on b.workflow_id = n.workflow_id and b.ordinal = n.ordinal
        join task t on t.workflow_id = n.workflow_id and t.ordinal = n.task
        join ready_class c on c.id = t.class_id
        join workflow w on w.id = n.workflow_id
        join lease e on e.id = n.lease_id
        join session o on o.id = e.session_id
        where (n.state = 2) <> (b.state = 2)
      ) j
      cross join lateral (
        select 'site' as kind, j.site as name
        union all select 'space', j.space
        union all select 'user', j.owner_subject
        union all select 'named', x from jsonb_array_elements_text(j.template -> 'limits') x
      ) k0
      cross join lateral (select k0.kind, k0.name, j.sign, j.millicores) k
      group by k.kind, k.name
      order by k.kind, k.name
    loop
      insert into limit_ledger as x values (d.kind, d.name, d.jobs, d.millicores)
      on conflict (kind, name) do update set jobs = x.jobs + d.jobs, millicores = x.millicores + d.millicores
      returning * into l;
      if d.jobs > 0 and exists (
        select from limit_use u
        where u.kind = d.kind and u.name = d.name and (l.jobs > u.cap_jobs or l.millicores > u.cap_millicores)
      ) then
        raise exception 'over its cap: % % has % jobs and % millicores', d.kind, d.name, l.jobs, l.millicores;
      end if;
    end loop;
    return null;
  end $$;
  create trigger keep_ledger after update on job_state referencing old table as old_state new table as new_state
    for each statement execute function keep_ledger();`;

test('three brokers, 200 workers, caps that change, cancels and crashes: no cap is passed, nothing stays counted', async () => {
  const seed = Number(process.env['LIMITS_SEED'] ?? 7);
  const random = new Random(seed);
  await rig.client.query(ledger);
  const stores = await Promise.all(
    ['one', 'two', 'three'].map((name) => Database.connect({ url: rig.url, name, connectionsMax: 3, planning: 'hot' })),
  );
  try {
    const workflows = await Promise.all(
      Array.from({ length: 6 }, (_, no) =>
        rig.submit({
          jobs: jobs(100),
          owner: random.pick(['alice', 'bob']),
          space: random.pick(['rubin', 'lsst']),
          templates: {
            job: {
              limits: random.pick([[], ['db_limit'], ['db_limit', 'tape']]),
              resources: { cores: random.pick([0.5, 1, 3]) },
              retry: { retries: 2 },
              priority: 100 * no,
            },
          },
        }),
      ),
    );
    const sites = ['here', 'there', 'far'];
    const sessions = await Promise.all(Array.from({ length: 200 }, () => rig.register({ site: random.pick(sites) })));
    const limits = [
      db,
      { kind: 'named', name: 'tape' },
      { kind: 'site', name: 'here' },
      { kind: 'space', name: 'rubin' },
      { kind: 'user', name: 'alice' },
    ] as const;
    const setSome = async (): Promise<void> => {
      const limit = random.pick(limits);
      if (random.once(8)) await rig.limits.remove(limit);
      else
        await rig.limits.set(limit, {
          capJobs: random.once(3) ? null : random.between(1, 40),
          capCores: random.once(3) ? null : random.between(3, 60),
        });
    };
    for (let no = 0; no < 8; no += 1) await setSome();
    const desks = stores.map((database) => deskOf(new PostgresLeaseStore(database)));
    const idle = desks.map((_, no) => sessions.filter((_, at) => at % desks.length === no));
    let running: Given[] = [];
    const lost: TrialEnd = { outcome: 'failed', reason: 'lost' };
    const ended: TrialEnd[] = [{}, {}, {}, lost, { outcome: 'failed', reason: 'error' }, { outcome: 'returned' }];
    const report = async (part: Given[]): Promise<void> => {
      for (const { session, jobs: own } of part) {
        for (const workflowNo of new Set(own.map((job) => job.workflowNo))) {
          const some = own.filter((job) => job.workflowNo === workflowNo);
          const end = random.pick(ended);
          const settled = await rig.settle(
            batchOf(
              session,
              some.map((job) => ({ job, end })),
            ),
          );
          for (const desk of desks) desk.noteFreed(settled.limits);
        }
      }
    };
    const isOpen = async (): Promise<boolean> => {
      const [row] = await rig.query('select count(*)::int from job_state where state in (0, 1, 2)');
      return Number(row?.[0]) > 0;
    };
    for (let step = 0; step < 400 && (await isOpen()); step += 1) {
      if (step > 60) for (const limit of limits) await rig.limits.set(limit, { capJobs: 50, capCores: null });
      const told = random.shuffled(running).slice(0, random.between(0, running.length));
      running = running.filter((given) => !told.includes(given));
      const given = await Promise.all([
        ...desks.map(async (desk, no) => {
          for (const session of idle[no] ?? []) wait(desk, session, random.between(1, 5));
          await desk.sweep();
          return serve(desk);
        }),
        report(told).then(() => []),
        random.once(3) ? setSome().then(() => []) : [],
        random.once(30) ? rig.cancel(random.pick(workflows)).then(() => []) : [],
        rig.runCommands().then(() => []),
      ]);
      running.push(...given.flat().filter((each) => each.jobs.length > 0));
    }
    expect(await isOpen()).toBe(false);
    expect(await rig.query('select * from limit_ledger where jobs <> 0 or millicores <> 0')).toEqual([]);
    expect((await rig.limits.list(all)).filter(({ usedJobs, usedCores }) => usedJobs !== 0 || usedCores !== 0)).toEqual(
      [],
    );
    expect(await rig.faults()).toEqual([]);
  } catch (fault) {
    throw new Error(`with LIMITS_SEED=${seed}: ${String(fault)}`, { cause: fault });
  } finally {
    await Promise.all(stores.map((database) => database.close()));
  }
}, 120_000);

test('an attempt that was given up and ends late after all is counted as ended once', async () => {
  await rig.submit({ jobs: jobs(2), templates: limited });
  await rig.limits.set(db, { capJobs: 2, capCores: null });
  const session = await rig.register();
  const got = await ask(deskOf(), session);
  await rig.end(session, got, { outcome: 'failed', reason: 'lost' });
  expect(await used(db)).toEqual([0, 0]);
  const [late] = got;
  const settled = await rig.settle(batchOf(session, [{ job: late as GrantedJob, end: {} }]));
  expect(settled).toMatchObject({ applied: 1, late: 1 });
  expect(await used(db)).toEqual([0, 0]);
  expect(await rig.faults()).toEqual([]);
  await rig.passBackOffs();
  expect(await ask(deskOf(), session)).toHaveLength(1);
  expect(await used(db)).toEqual([1, 1]);
});
