import { setTimeout as sleep } from 'node:timers/promises';
import { mayTrace, TracedCalls } from '#test-kit';
import { everyEventTold, noAttemptLost, noneRestarted } from '../expectations.js';
import { LeftOut, stillSecMax } from '../fault-row.js';
import type { Trial } from '../trial.js';
import { harmRow } from './harm-rows.js';

/** How late each write of the log is, and for how long it stays so. */
const slowness = [
  { lateMs: 300, forMs: 15_000 },
  { lateMs: 3_000, forMs: 25_000 },
];

export const d5 = harmRow({
  id: 'D5',
  title: 'every write to the disk takes PostgreSQL 0.3 s longer, then 3 s',
  transactionSecMax: stillSecMax,
  shape: { ownPostgres: true },
  load: { workflows: 12 },
  harm: async (trial) => {
    if (!mayTrace()) throw new LeftOut('strace, and the right to trace');
    for (const { lateMs, forMs } of slowness) await writeLate(trial, lateMs, forMs);
  },
  expected: async (trial) => {
    noneRestarted(trial, ['gateway-1', 'transformer-1', 'broker-1']);
    await noAttemptLost(trial);
    await everyEventTold(trial);
  },
});

async function writeLate({ stack, figures }: Trial, lateMs: number, forMs: number): Promise<void> {
  const backends = await stack.rows<{ pid: number }>('select pid from pg_stat_activity');
  const pids = [stack.postgres.pid, ...backends.map(({ pid }) => pid)];
  const how = `delay_enter=${lateMs * 1_000}`;
  const traced = await TracedCalls.of(pids, { call: 'fdatasync', how, children: true });
  try {
    const startedMs = performance.now();
    await stack.rows("select pg_logical_emit_message(true, 'trial', '')");
    const commitMs = performance.now() - startedMs;
    figures.set(`commit s, at ${lateMs} ms`, commitMs / 1_000);
    if (commitMs < lateMs) throw new Error(`a commit took ${commitMs} ms: the row tried nothing`);
    await sleep(forMs);
  } finally {
    await traced.end();
  }
}
