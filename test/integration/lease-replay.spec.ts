import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Database, PostgresLeaseStore } from '#adapter-postgres';
import { EngineRig, startTestPostgres, type TestPostgres } from '#test-kit';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startTestPostgres();
}, 120_000);
afterAll(() => postgres.stop());

/** Index entries of jobs that were read; a connection tells of its own when it ends. */
const jobsRead = "select coalesce(sum(idx_tup_read), 0)::int from pg_stat_all_indexes where relname ~ '^job_p'";

test('to say a lease again reads its own jobs, however large a workflow is that PostgreSQL has no statistics of', async () => {
  const rig = await EngineRig.open(postgres);
  const database = await Database.connect({ url: rig.url, name: 'replay', connectionsMax: 1, planning: 'hot' });
  try {
    await rig.submit({ jobs: Array.from({ length: 3_000 }, () => ({})) });
    const session = await rig.register();
    const jobs = await rig.lease(session, 100, 'asked');
    const [[before] = []] = await rig.query(jobsRead);
    expect(await new PostgresLeaseStore(database).replay([{ session, requestId: 'asked' }])).toHaveLength(jobs.length);
    await database.close();
    let read = 0;
    while (read < jobs.length) read = Number((await rig.query(jobsRead))[0]?.[0]) - Number(before);
    expect(read).toBeLessThan(10_000);
  } finally {
    await rig.close();
  }
});
