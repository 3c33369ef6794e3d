import { until } from '#test-kit';
import type { Trial } from '../trial.js';
import { harmRow } from './harm-rows.js';
import { nearby, shortTerms } from './lost-workers.js';

/** Given up by a broker that was not there when it fell asleep. */
export const x2 = harmRow({
  id: 'X2',
  title: 'a worker sleeps past both terms while the broker fails over',
  shape: { brokers: 2 },
  workers: async (trial) => {
    await shortTerms(trial);
    return [{ flags: nearby }, {}];
  },
  harm: async (trial) => {
    const { stack } = trial;
    const pid = trial.workerPid(0);
    process.kill(pid, 'SIGSTOP');
    const broker = stack.service(trial.random.pick(['broker-1', 'broker-2']));
    await broker.kill();
    await until('the sleeper is given up', 60_000, async () => (await heldNearby(trial)) === 0);
    process.kill(pid, 'SIGCONT');
  },
});

async function heldNearby({ stack }: Trial): Promise<number> {
  const [row] = await stack.rows<{ held: number }>(
    `select coalesce(sum(l.open), 0)::int as held from lease l join session s on s.id = l.session_id
      where s.site = 'near'`,
  );
  return row?.held ?? 0;
}
