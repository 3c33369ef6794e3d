/** Goal: with very many classes a round stays short, and what goes first goes first. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { LeaseAnswer } from '#contracts';
import { LeaseDesk } from '#engine';
import { EngineRig, startTestPostgres, type TestPostgres } from '#test-kit';

let postgres: TestPostgres;
let rig: EngineRig;

beforeAll(async () => {
  postgres = await startTestPostgres();
  rig = await EngineRig.open(postgres);
}, 120_000);
afterAll(async () => {
  await rig.close();
  await postgres.stop();
});

const classes = 10_000;
const workers = 1_000;

/** One job a class; the later ones go first. */
async function fill(): Promise<void> {
  const workflowNo = await rig.submit({ jobs: Array.from({ length: classes }, () => ({})) });
  await rig.query('delete from ready');
  await rig.query(
    `insert into ready_class (key, transform, cores, memory_mib, gpus, disk_mib, walltime_sec, sites, mode)
     select 'class ' || n, 'noop', 1, 1 + n % 1000, 0, 0, null,
       case when n = 0 then array['far'] else '{}'::text[] end, 'auto'
     from generate_series(0, $1::int - 1) n`,
    [classes],
  );
  await rig.query(
    `insert into ready (class_id, priority, workflow_id, task, jobs, ordinals)
     select c.id, (row_number() over (order by c.id) / 100)::int, $1, 0, 1, array[(row_number() over (order by c.id))::int - 1]
     from ready_class c where c.key like 'class %'`,
    [workflowNo],
  );
  await rig.query('analyze ready');
}

test('10,000 classes and 1,000 workers: the first get the first jobs, and nobody who alone fits waits for two rounds', async () => {
  await fill();
  const sessions = await Promise.all(Array.from({ length: workers }, () => rig.register()));
  const far = await rig.register({ site: 'far' });
  let lookedMax = 0;
  const store = Object.create(rig.leases) as typeof rig.leases;
  store.peek = async (ids, rowsMax) => {
    lookedMax = Math.max(lookedMax, ids.length);
    return rig.leases.peek(ids, rowsMax);
  };
  const desk = new LeaseDesk({ store, newToken: () => randomUUID().replaceAll('-', ''), nowMs: () => Date.now() });
  const free = { cores: 8, memoryMib: 65_536, walltimeLeftSec: null };
  const wait = (session: string): void =>
    desk.wait('gateway', [{ session, requestId: randomUUID(), again: false, idle: false, free, max: 1 }]);
  const round = async (): Promise<Map<string, number[]>> => {
    const { answers } = await desk.serve();
    return new Map(
      answers.map(({ session, body }) => [session, LeaseAnswer.parse(JSON.parse(body)).jobs.map((job) => job.ordinal)]),
    );
  };
  for (const session of sessions) wait(session);
  await desk.sweep();
  const first = [...(await round()).values()].flat();
  expect(first).toHaveLength(workers);
  expect(Math.min(...first)).toBeGreaterThanOrEqual(classes - workers - 100);
  lookedMax = 0;
  for (const session of [...sessions.slice(0, 50), far]) wait(session);
  const second = await round();
  expect(second.size).toBe(51);
  expect(lookedMax).toBeLessThan(1_000);
}, 120_000);
