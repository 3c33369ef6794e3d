import { setTimeout as sleep } from 'node:timers/promises';
import { measureRun, submitShape } from '../kit/measured-run.js';
import { settleDisk } from '../kit/servers.js';
import { withStack } from '../kit/stack.js';
import { quantile, rounded } from '../kit/statistics.js';
import { WorkerCrowd, type LeaseTimes } from '../kit/worker-crowd.js';
import { atMost, type Row, type Scenario } from '../scenario.js';

const workersDefault = 10_000;
/** Enough for the crowd to be busy through all of it. */
const jobsAWorker = 9;
const workMs = 20_000;
const heartbeatMs = 20_000;
const processes = 2;
/** After a start or an outage things may take their time for so long; what is asked for later is measured. */
const settlingMs = 30_000;
const measuredMs = 30_000;
const outageMs = 60_000;
const secondsMax = 600;

export const workers: Scenario = {
  about: '10,000 workers that ask at once, and again after 60 s without a gateway',
  async run(servers, options, say) {
    const count = options.workers > 1 ? options.workers : workersDefault;
    const jobs = options.jobs ?? count * jobsAWorker;
    return withStack(servers, async (stack) => {
      const id = await submitShape(stack, { jobs, layers: 1 });
      await settleDisk(servers);
      const { url, token } = stack;
      const plan = { url, token, workers: count, leaseJobs: 1, workMs, heartbeatMs, processes };
      const crowd = await WorkerCrowd.register(plan);
      try {
        const before = stack.services.map((service) => service.usage().cpuSec);
        crowd.go();
        const rows: Row[] = [await watch(crowd, 'all ask at once', say)];
        const cpu = stack.services.map((service, no) => {
          return `${service.name} ${rounded(service.usage().cpuSec - (before[no] ?? 0))}`;
        });
        say(`processor seconds of that minute: ${cpu.join(', ')}`);
        say(`the gateway is away for ${outageMs / 1_000} s`);
        await stack.outage('gateway', outageMs);
        rows.push(await watch(crowd, 'after the outage', say));
        const { attempts } = await measureRun(stack, id, { jobs, secondsMax }).then((run) => ({ attempts: run.jobs }));
        return {
          rows,
          bars: rows.map((row) => atMost(`p99 of a lease, ${row['phase'] ?? ''}, s`, Number(row['p99 s']), 2)),
          notes: [
            `${count} workers with one job of ${workMs / 1_000} s on average each, in ${processes} processes. ${attempts} jobs finished, each at its first attempt.`,
          ],
        };
      } finally {
        crowd.stop();
      }
    });
  },
};

/** Lets things settle, then measures what is asked for. */
async function watch(crowd: WorkerCrowd, phase: string, say: (text: string) => void): Promise<Row> {
  await sleep(settlingMs);
  const settling = await crowd.leases();
  await sleep(measuredMs);
  const measured = await crowd.leases();
  const row = { phase, ...summary('first 30 s', settling), ...summary('', measured), leases: measured.length };
  say(JSON.stringify(row));
  return row;
}

function summary(when: string, leases: LeaseTimes): Row {
  const name = (text: string): string => (when === '' ? text : `${text}, ${when}`);
  if (leases.length === 0) return { [name('p50 s')]: NaN, [name('p99 s')]: NaN };
  const tookSec = leases.map(([, tookMs]) => tookMs / 1_000);
  return { [name('p50 s')]: rounded(quantile(tookSec, 0.5)), [name('p99 s')]: rounded(quantile(tookSec, 0.99)) };
}
