import { setTimeout as sleep } from 'node:timers/promises';
import { everyEventTold, noneRestarted } from '../expectations.js';
import type { Trial } from '../trial.js';
import { harmRow } from './harm-rows.js';

const rounds = 3;
const oursText = "from pg_stat_activity where datname = current_database() and application_name like 'sluice-%'";

export const d2 = harmRow({
  id: 'D2',
  title: 'backends are terminated, all at once, and one is killed amid a statement',
  inCi: true,
  shape: { ownPostgres: true },
  harm: async (trial) => {
    for (let round = 0; round < rounds; round += 1) {
      await trial.stack.rows(`select pg_terminate_backend(pid) ${oursText}`);
      await sleep(trial.random.below(1_500));
    }
    await killOne(trial);
  },
  expected: async (trial) => {
    noneRestarted(trial, ['gateway-1', 'transformer-1', 'broker-1']);
    await everyEventTold(trial);
  },
});

/** PostgreSQL then ends all the others too, and recovers by itself. */
async function killOne({ stack }: Trial): Promise<void> {
  const [busy] = await stack.rows<{ pid: number }>(`select pid ${oursText} order by state = 'active' desc limit 1`);
  if (!busy) throw new Error('no service is connected');
  process.kill(busy.pid, 'SIGKILL');
}
