import { setTimeout as sleep } from 'node:timers/promises';
import { until, type TestStack } from '#test-kit';
import { everyEventTold, noneRestarted } from '../expectations.js';
import { stillSecMax } from '../fault-row.js';
import { anyHeader, plainCall } from '../plain-call.js';
import { harmRow } from './harm-rows.js';

const downMs = 5_000;
const moreMib = 512;

export const d8 = harmRow({
  id: 'D8',
  title: 'the disk of the write-ahead log is full: PostgreSQL is down until it has room',
  transactionSecMax: stillSecMax,
  shape: { onSmallDisk: 'pg_wal' },
  harm: async ({ stack, smallDisk }) => {
    smallDisk.fill();
    let isDown = false;
    void stack.postgres.goesDown().then(() => (isDown = true));
    try {
      await until('PostgreSQL is down', 90_000, async () => {
        await useLog(stack);
        return isDown;
      });
      await sleep(downMs);
      await isSaid(stack);
    } finally {
      smallDisk.giveRoom(moreMib);
      if (isDown) await stack.postgres.startAgain();
    }
  },
  expected: async (trial) => {
    noneRestarted(trial, ['gateway-1', 'transformer-1', 'broker-1']);
    await everyEventTold(trial);
  },
});

/** A segment of the log that was made ahead is used up. */
const useLog = (stack: TestStack): Promise<unknown> =>
  stack.rows("select pg_switch_wal() from pg_logical_emit_message(true, 'trial', '')").catch(() => null);

/** Whoever asks is told what is wrong, and to come again. */
async function isSaid(stack: TestStack): Promise<void> {
  const { status, body } = await plainCall(stack, '/health/ready');
  if (status !== 503 || !body.includes('PostgreSQL')) throw new Error(`ready was answered with ${status}: ${body}`);
  const upload = await plainCall(stack, '/api/v1/workflows', anyHeader);
  if (!upload.isRetryLater) throw new Error(`an upload was answered with ${upload.status}: ${upload.body}`);
}
