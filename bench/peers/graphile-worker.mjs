// One run of graphile-worker: `add JOBS` fills its table in bulk, `work JOBS` runs them all and prints jobs a second.
// The settings are the fastest found on the machine of the first measurement; see bench/README.md.
import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import pg from 'pg';

const [, , step, count] = process.argv;
const jobs = Number(count);
const connectionString = process.env.PG_URL;
const addedAtOnce = 10_000;

const preset = {
  worker: {
    connectionString,
    concurrentJobs: Number(process.env.CONCURRENT ?? 500),
    maxPoolSize: Number(process.env.POOL ?? 12),
    pollInterval: 2_000,
    localQueue: { size: Number(process.env.LOCAL_QUEUE ?? 2_000) },
    completeJobBatchDelay: Number(process.env.COMPLETE_DELAY ?? 1),
    failJobBatchDelay: 0,
    logger: new Logger(() => () => undefined),
  },
};

if (step === 'add') await add();
else await work();

async function add() {
  const utils = await makeWorkerUtils({ preset });
  await utils.migrate();
  for (let added = 0; added < jobs; added += addedAtOnce) {
    const size = Math.min(addedAtOnce, jobs - added);
    await utils.addJobs(Array.from({ length: size }, (_, i) => ({ identifier: 'noop', payload: { i: added + i } })));
  }
  await utils.release();
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query('vacuum analyze graphile_worker._private_jobs');
  await client.end();
}

async function work() {
  const client = new pg.Client({ connectionString });
  await client.connect();
  let done = 0;
  let allDone = () => undefined;
  const finished = new Promise((resolve) => (allDone = resolve));
  const since = performance.now();
  const runner = await run({
    preset,
    taskList: {
      noop: () => {
        done += 1;
        if (done === jobs) allDone();
      },
    },
  });
  await finished;
  while ((await client.query('select from graphile_worker._private_jobs limit 1')).rowCount > 0) await wait(2);
  console.log('jobs/s', ((jobs / (performance.now() - since)) * 1_000).toFixed(0));
  await runner.stop();
  await client.end();
}

function wait(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
