import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { Database, PostgresSettleStore } from '#adapter-postgres';
import { jobId, partitionOf, type TerminalBatch } from '#contracts';
import { settleBatches } from '#engine';
import { runFloorSettle } from '../kit/floor.js';
import { submitShape } from '../kit/measured-run.js';
import { inTurn, medianOf, ratioOf } from '../kit/paired.js';
import { settleDisk, type Servers } from '../kit/servers.js';
import { withStack } from '../kit/stack.js';
import { rounded } from '../kit/statistics.js';
import type { Shape } from '../kit/workload.js';
import type { Scenario } from '../scenario.js';

const layers = 10;
/** Jobs of one transaction: the floor's settle.mjs gets the same. */
const jobsASettle = 1_000;

export const settle: Scenario = {
  about: 'settling alone: the engine on PostgreSQL, without messages and workers, paired with the floor in SQL',
  async run(servers, options, say) {
    const shape = { jobs: options.jobs ?? 100_000, layers };
    const ours = (): Promise<number> => ourRun(servers, shape);
    const theirs = (): Promise<number> => runFloorSettle(servers, options.floor, { shape, batch: jobsASettle });
    await ours(); // the first run warms up
    const pairs = await inTurn(options.pairs, { ours, theirs }, say);
    return {
      rows: [
        ...pairs.map((pair, i) => ({ pair: i + 1, ...columns(pair.ours, pair.theirs, pair.ours / pair.theirs) })),
        { pair: 'median', ...columns(medianOf(pairs, 'ours'), medianOf(pairs, 'theirs'), ratioOf(pairs)) },
      ],
      bars: [],
      notes: [
        `Transactions of ${jobsASettle} jobs, one after the other. Of ours only settleBatches() is timed; the leases it settles are made in between by plain SQL.`,
        'The floor only changes states and counts down; ours also writes attempts, ready rows, counts, events and verdicts.',
      ],
    };
  },
};

const columns = (ours: number, theirs: number, ratio: number): Record<string, number> => ({
  'ours jobs/s': rounded(ours),
  'floor jobs/s': rounded(theirs),
  ratio: rounded(ratio),
});

/** Sealed by the services, which then stop: nobody else may settle or relay while we do. */
async function ourRun(servers: Servers, shape: Shape): Promise<number> {
  const url = await withStack(servers, async (stack) => {
    await submitShape(stack, shape);
    return stack.databaseUrl;
  });
  await settleDisk(servers);
  const leasing = new pg.Client({ connectionString: url });
  await leasing.connect();
  const database = await Database.connect({ url, name: 'bench', connectionsMax: 2, planning: 'hot' });
  try {
    return await settleAll(leasing, new PostgresSettleStore(database), shape.jobs);
  } finally {
    await leasing.end();
    await database.close();
  }
}

async function settleAll(leasing: pg.Client, store: PostgresSettleStore, jobs: number): Promise<number> {
  let settled = 0;
  let ms = 0;
  while (settled < jobs) {
    const batch = await leaseSome(leasing);
    if (batch === null) throw new Error(`${settled} of ${jobs} jobs settled and nothing is ready`);
    const since = performance.now();
    const { applied } = await settleBatches(store, batch.partition, [batch]);
    ms += performance.now() - since;
    if (applied !== batch.events.length) throw new Error(`${applied} of ${batch.events.length} events counted`);
    settled += applied;
  }
  return (1_000 * jobs) / ms;
}

interface LeasedRow {
  lease: string;
  workflow: string;
  ordinals: number[];
}

/** Grants up to 1,000 ready jobs in one lease, and makes the batch that ends them. */
async function leaseSome(client: pg.Client): Promise<TerminalBatch | null> {
  const { rows } = await client.query<LeasedRow>(leaseSql, [jobsASettle]);
  const [row] = rows;
  if (row === undefined) return null;
  const nowMs = Date.now();
  return {
    batchId: randomUUID(),
    session: '1',
    partition: partitionOf(row.workflow),
    leases: [{ id: row.lease, token: 'bench' }],
    events: row.ordinals.map((ordinal) => ({
      lease: 0,
      job: jobId(row.workflow, ordinal),
      attempt: 1,
      outcome: 'finished' as const,
      startedAtMs: nowMs,
      endedAtMs: nowMs,
    })),
  };
}

/** Ready rows hold at most 400 jobs: two of them stay under the batch's limit. */
const leaseSql = `
with row as (
  delete from ready
  where id = any (array(
    select id from (
      select r.id, sum(r.jobs) over (order by r.class_id, r.priority desc, r.workflow_id, r.id) as so_far
      from (select * from ready order by class_id, priority desc, workflow_id, id limit 20) r
    ) s
    where so_far <= $1
  ))
  returning workflow_id, ordinals
),
job as (select r.workflow_id, o as ordinal from row r, unnest(r.ordinals) as o),
granted as (
  insert into lease (session_id, request_id, token, open, workflow_ids, ordinals, attempts)
  select 1, gen_random_uuid()::text, 'bench', count(*), array_agg(j.workflow_id), array_agg(j.ordinal),
    array_fill(1::smallint, array[count(*)::int])
  from job j
  having count(*) > 0
  returning id
),
leased as (
  update job_state s set state = 2, attempt = 1, lease_id = g.id
  from job j, granted g
  where s.workflow_id = j.workflow_id and s.ordinal = j.ordinal and s.state = 1
  returning s.workflow_id, s.ordinal, s.lease_id
)
select lease_id as lease, workflow_id as workflow, array_agg(ordinal) as ordinals from leased group by 1, 2`;
