import { mayTrace, TracedCalls, until } from '#test-kit';
import { everyEventTold, noneRestarted } from '../expectations.js';
import { LeftOut } from '../fault-row.js';
import { harmRow } from './harm-rows.js';

/** Of the writes of one connection the last that works. */
const worksMax = 6;

export const d6 = harmRow({
  id: 'D6',
  title: 'the disk refuses a write of the log: PostgreSQL panics, and recovers',
  shape: { ownPostgres: true },
  harm: async (trial) => {
    if (!mayTrace()) throw new LeftOut('strace, and the right to trace');
    const { stack, load, random } = trial;
    const backends = await stack.rows<{ pid: number }>(
      "select pid from pg_stat_activity where datname = current_database() and application_name like 'sluice-%'",
    );
    const pids = backends.map(({ pid }) => pid);
    const how = `error=EIO:when=${random.between(1, worksMax)}+`;
    const traced = await TracedCalls.of(pids, { call: 'fdatasync', how });
    try {
      let over = false;
      const more = async (): Promise<void> => {
        while (!over) await load.run({ workflows: 2 });
      };
      const panics = until('PostgreSQL panics', 60_000, () => stack.postgres.log.includes('PANIC:'));
      await Promise.all([panics.finally(() => (over = true)), more()]);
    } finally {
      await traced.end();
    }
  },
  expected: async (trial) => {
    noneRestarted(trial, ['gateway-1', 'transformer-1', 'broker-1']);
    await everyEventTold(trial);
  },
});
