import { setTimeout as sleep } from 'node:timers/promises';
import { JetStreamApiCodes, JetStreamApiError, type JetStreamManager } from '@nats-io/jetstream';
import { partitionCount, settleConsumer, streams } from '#contracts';
import type { Trial } from '../trial.js';
import { harmRow } from './harm-rows.js';
import { withStreams } from './nats-streams.js';
import { fillOutbox, outstandingTold } from './outstanding.js';

const consumersDeleted = partitionCount / 2;

/** Events that stream EVENT had not confirmed when it was deleted. */
let outstanding: readonly string[] = [];

export const c6 = harmRow({
  id: 'C6',
  title: 'an operator deletes consumers, then both streams, twice',
  harm: (trial, { nats }) =>
    withStreams(trial, async (manager) => {
      const partitions = trial.random.shuffled(Array.from({ length: partitionCount }, (_, no) => no));
      for (const partition of partitions.slice(0, consumersDeleted))
        await manager.consumers.delete(streams.terminal, settleConsumer(partition));
      await sleep(trial.random.between(500, 2_000));
      await deleteStreams(trial, manager);
      await sleep(trial.random.between(500, 2_000));
      nats.cut(); // so that some events are not told yet
      outstanding = await fillOutbox(trial);
      await deleteStreams(trial, manager);
      nats.heal();
    }),
  expected: async (trial) => {
    await everythingMadeAgain(trial);
    await outstandingTold(trial, outstanding);
  },
});

async function deleteStreams({ random }: Trial, manager: JetStreamManager): Promise<void> {
  for (const stream of random.shuffled(Object.values(streams)))
    await manager.streams.delete(stream).catch(unlessMissing); // of the first time, not yet made again
}

function unlessMissing(fault: unknown): void {
  if (!(fault instanceof JetStreamApiError) || fault.code !== Number(JetStreamApiCodes.StreamNotFound)) throw fault;
}

const everythingMadeAgain = (trial: Trial): Promise<void> =>
  withStreams(trial, async (manager) => {
    const consumers = await manager.consumers.list(streams.terminal).next();
    await manager.streams.info(streams.event);
    if (consumers.length !== partitionCount)
      throw new Error(`${consumers.length} consumers of ${partitionCount} are there`);
  });
