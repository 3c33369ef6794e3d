import { setTimeout as sleep } from 'node:timers/promises';
import { submitShape } from '../kit/measured-run.js';
import { cpuSecOfTree } from '../kit/process-usage.js';
import { onDatabase, settleDisk, type Servers } from '../kit/servers.js';
import { withStack, type Stack } from '../kit/stack.js';
import { rounded } from '../kit/statistics.js';
import { WorkerCrowd } from '../kit/worker-crowd.js';
import { atMost, type Scenario } from '../scenario.js';

const jobsDefault = 600_000;
const coresAWorker = 64;
const heartbeatSec = 20;
/** Longest that leasing all of it may take. */
const leaseSecMax = 300;
/** Beats begin, and the first hashes are compared. */
const calmSec = 25;

export const heartbeats: Scenario = {
  about: 'processor time of the beats of 64-core workers that hold 600,000 jobs',
  async run(servers, options, say) {
    const jobs = options.jobs ?? jobsDefault;
    const workers = Math.ceil(jobs / coresAWorker);
    return withStack(servers, async (stack) => {
      await submitShape(stack, { jobs, layers: 1 });
      const { url, token } = stack;
      const plan = { url, token, workers, leaseJobs: coresAWorker, workMs: null, heartbeatMs: heartbeatSec * 1_000 };
      const crowd = await WorkerCrowd.register({ ...plan, processes: 1 });
      try {
        crowd.go();
        await untilLeased(stack, jobs);
        await settleDisk(servers);
        say(`${workers} workers hold ${jobs} jobs; watching for ${options.seconds} s after ${calmSec} s`);
        await sleep(calmSec * 1_000);
        const before = cpuSecs(stack, servers);
        await sleep(options.seconds * 1_000);
        const after = cpuSecs(stack, servers);
        const silent = await silentSessions(stack);
        if (silent > 0) throw new Error(`${silent} workers fell silent: a figure of a wrong run is worth nothing`);
        const rows = Object.entries(after).map(([process, sec]) => {
          return { process, '% of a core': rounded((100 * (sec - (before[process] ?? 0))) / options.seconds) };
        });
        const total = rows
          .filter(({ process }) => counted.includes(process))
          .reduce((sum, row) => sum + row['% of a core'], 0);
        return {
          rows,
          bars: [atMost(`% of a core of ${counted.join(', ')} over ${options.seconds} s`, rounded(total), 50)],
          notes: [`${workers} workers of ${coresAWorker} jobs at a ${heartbeatSec} s beat, in a process of their own.`],
        };
      } finally {
        crowd.stop();
      }
    });
  },
};

const counted = ['gateway', 'broker', 'postgres'];

function cpuSecs(stack: Stack, { postgres, nats }: Servers): Record<string, number> {
  const services = stack.services.map((service) => [service.name, service.usage().cpuSec] as const);
  return { ...Object.fromEntries(services), postgres: cpuSecOfTree(postgres.pid), nats: cpuSecOfTree(nats.pid) };
}

function untilLeased(stack: Stack, jobs: number): Promise<void> {
  return onDatabase(stack.databaseUrl, async (client) => {
    for (let sec = 0; sec < leaseSecMax; sec += 1) {
      const { rows } = await client.query<{ open: number }>('select coalesce(sum(open), 0)::int as open from lease');
      if (rows[0]?.open === jobs) return;
      await sleep(1_000);
    }
    throw new Error(`not all jobs were leased within ${leaseSecMax} s`);
  });
}

function silentSessions(stack: Stack): Promise<number> {
  return onDatabase(stack.databaseUrl, async (client) => {
    const { rows } = await client.query<{ silent: number }>(
      "select count(*)::int as silent from session where state <> 'live' or heartbeat_at < now() - interval '45 seconds'",
    );
    return rows[0]?.silent ?? 0;
  });
}
