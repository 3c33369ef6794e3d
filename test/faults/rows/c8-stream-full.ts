import { setTimeout as sleep } from 'node:timers/promises';
import { streams } from '#contracts';
import { everyEventTold } from '../expectations.js';
import { harmRow } from './harm-rows.js';
import { withStreams } from './nats-streams.js';

const fullMs = 8_000;

export const c8 = harmRow({
  id: 'C8',
  title: 'stream TERMINAL has no room: ends wait in journals',
  harm: (trial) =>
    withStreams(trial, async (manager) => {
      await manager.streams.update(streams.terminal, { max_bytes: 1 });
      await sleep(fullMs);
      await manager.streams.update(streams.terminal, { max_bytes: -1 });
    }),
  expected: everyEventTold,
});
