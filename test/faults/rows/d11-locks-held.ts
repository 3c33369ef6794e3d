import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { everyEventTold, noneRestarted } from '../expectations.js';
import { stillSecMax } from '../fault-row.js';
import { harmRow } from './harm-rows.js';

/** Longer than the 5 s for which our statements wait for a lock. */
const heldMs = 12_000;

export const d11 = harmRow({
  id: 'D11',
  title: 'somebody locks every job: statements give up, and are tried again',
  transactionSecMax: stillSecMax,
  harm: async ({ stack }) => {
    const client = new pg.Client(stack.database.url);
    await client.connect();
    try {
      await client.query('begin');
      await client.query('lock table job_state in access exclusive mode');
      await sleep(heldMs);
      await client.query('rollback');
    } finally {
      await client.end();
    }
  },
  expected: async (trial) => {
    noneRestarted(trial, ['gateway-1', 'transformer-1', 'broker-1']);
    await everyEventTold(trial);
  },
});
