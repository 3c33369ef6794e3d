import { setTimeout as sleep } from 'node:timers/promises';
import { settleConsumer, streams } from '#contracts';
import type { Trial } from '../trial.js';
import { harmRow } from './harm-rows.js';
import { withStreams } from './nats-streams.js';

const partitions = 16;

export const c6 = harmRow({
  id: 'C6',
  title: 'an operator deletes consumers, then both streams',
  harm: (trial) =>
    withStreams(trial, async (manager) => {
      const some = trial.random.shuffled(Array.from({ length: partitions }, (_, no) => no)).slice(0, 8);
      for (const partition of some) await manager.consumers.delete(streams.terminal, settleConsumer(partition));
      await sleep(trial.random.between(500, 2_000));
      for (const stream of trial.random.shuffled(Object.values(streams))) await manager.streams.delete(stream);
    }),
  expected: (trial) => everythingMadeAgain(trial),
});

const everythingMadeAgain = (trial: Trial): Promise<void> =>
  withStreams(trial, async (manager) => {
    const consumers = await manager.consumers.list(streams.terminal).next();
    await manager.streams.info(streams.event);
    if (consumers.length !== partitions) throw new Error(`${consumers.length} consumers of ${partitions} are there`);
  });
