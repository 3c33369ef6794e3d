import { setTimeout as sleep } from 'node:timers/promises';
import { until, type TestStack } from '#test-kit';
import { everyEventTold, noneRestarted } from '../expectations.js';
import { stillSecMax } from '../fault-row.js';
import { anyHeader, plainCall } from '../plain-call.js';
import { harmRow } from './harm-rows.js';

const fullMs = 6_000;
const moreMib = 256;

export const d7 = harmRow({
  id: 'D7',
  title: 'the disk of the tables is full: what writes is put off, what reads goes on',
  transactionSecMax: stillSecMax,
  shape: { onSmallDisk: 'base' },
  harm: async ({ stack, smallDisk }) => {
    smallDisk.fill();
    try {
      await until('an upload is put off', 60_000, () => isPutOff(stack));
      await sleep(fullMs);
      if (!(await isPutOff(stack))) throw new Error('the disk has room again: the row tried nothing');
      const { status, body } = await plainCall(stack, '/api/v1/workflows?limit=5');
      if (status !== 200) throw new Error(`reading was answered with ${status}: ${body}`);
    } finally {
      smallDisk.giveRoom(moreMib);
    }
  },
  expected: async (trial) => {
    noneRestarted(trial, ['gateway-1', 'transformer-1', 'broker-1']);
    await everyEventTold(trial);
  },
});

/** A page that has room yet takes what is small. @throws when it is refused otherwise */
async function isPutOff(stack: TestStack): Promise<boolean> {
  const answer = await plainCall(stack, '/api/v1/workflows', anyHeader);
  if (answer.status !== 201 && !answer.isRetryLater)
    throw new Error(`an upload was answered with ${answer.status}: ${answer.body}`);
  return answer.isRetryLater;
}
