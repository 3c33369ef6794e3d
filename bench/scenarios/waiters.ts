import { measureRun, submitShape } from '../kit/measured-run.js';
import { settleDisk, type Servers } from '../kit/servers.js';
import { withStack } from '../kit/stack.js';
import { median, rounded } from '../kit/statistics.js';
import { WaitingSessions, type SessionsOptions } from '../kit/waiting-sessions.js';
import { atLeast, type Scenario } from '../scenario.js';

/** Shorter than a session's term at the slowest rate that makes sense. */
const jobsDefault = 100_000;
const secondsMax = 55;

const cases: (SessionsOptions & { bar: number })[] = [
  { sessions: 1_000, leaseJobs: 1, bar: 5_000 },
  { sessions: 256, leaseJobs: 16, bar: 12_000 },
];

export const waiters: Scenario = {
  about: 'many workers that wait: small leases to many sessions at once',
  async run(servers, options, say) {
    const jobs = options.jobs ?? jobsDefault;
    const measured: { sessions: number; leaseJobs: number; bar: number; rate: number }[] = [];
    for (const each of cases) {
      const rates: number[] = [];
      for (let no = 1; no <= options.pairs; no += 1) rates.push(await oneRun(servers, jobs, each));
      say(`${each.sessions} sessions, leases of ${each.leaseJobs}: ${rates.map(rounded).join(' ')} jobs/s`);
      measured.push({ ...each, rate: rounded(median(rates)) });
    }
    return {
      rows: measured.map(({ sessions, leaseJobs, rate }) => ({ sessions, 'jobs a lease': leaseJobs, 'jobs/s': rate })),
      bars: measured.map(({ sessions, leaseJobs, bar, rate }) =>
        atLeast(`${sessions} workers waiting, ${leaseJobs}-job leases, jobs/s`, rate, bar),
      ),
      notes: [
        `Medians of ${options.pairs} runs of ${jobs} independent jobs. The sessions are one process on the same machine, over HTTP, without journals.`,
      ],
    };
  },
};

/** The sessions wait before the workflow is there. */
function oneRun(servers: Servers, jobs: number, options: SessionsOptions): Promise<number> {
  return withStack(servers, async (stack) => {
    await settleDisk(servers);
    const waiting = await WaitingSessions.start(stack, options);
    try {
      const id = await submitShape(stack, { jobs, layers: 1 });
      return (await measureRun(stack, id, { jobs, secondsMax })).jobsPerSec;
    } finally {
      await waiting.stop();
    }
  });
}
