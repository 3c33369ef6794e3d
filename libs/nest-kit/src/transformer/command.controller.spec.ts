// Goal: a command that fails keeps no other one waiting.
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { StoreUnavailable, type Command, type CommandPorts, type TransitionStore } from '#engine';
import { CommandController } from './command.controller.js';
import type { EventRelay } from './event-relay.js';
import type { Hints } from './hints.js';
import type { PartitionKeeper } from './partition-keeper.js';

let open: Command[];
/** Partitions in which a step was made. */
let steps: number[];
let step: () => Promise<unknown>;
let controller: CommandController;

beforeEach(() => {
  jest.useFakeTimers();
  open = [];
  steps = [];
  step = () => Promise.resolve(false);
  const transitions: Pick<TransitionStore, 'nextCommands' | 'step'> = {
    nextCommands: (partitions, besides = []) => {
      const next = partitions.map((partition) => {
        return open.find((command) => command.partition === partition && !besides.includes(command.id));
      });
      return Promise.resolve(next.flatMap((command) => command ?? []));
    },
    step: async <T>(partition: number) => {
      steps.push(partition);
      const more = (await step()) as T;
      open = open.filter((command) => command.kind !== 'cancel');
      return more;
    },
  };
  const nothing = (): void => undefined;
  controller = new CommandController(
    { transitions } as unknown as CommandPorts,
    { ready: nothing, kill: nothing } as unknown as Hints,
    { wake: nothing } as unknown as EventRelay,
    { onSweep: nothing, owns: () => true } as unknown as PartitionKeeper,
  );
});
afterEach(() => {
  jest.useRealTimers();
});

const command = (over: Partial<Command>): Command => ({
  ...{ id: '1', workflowNo: '3', partition: 3, kind: 'cancel', args: '{}' },
  ...over,
});
const hint = async (): Promise<void> => {
  controller.hinted({ partition: 3 });
  await jest.advanceTimersByTimeAsync(10);
};

test('a command that can not be carried out lets the others of its partition pass, and is tried again later', async () => {
  const poison = command({ id: '1', kind: 'retry', args: '{"ordinals":"all"}' });
  open = [poison, command({ id: '2' })];
  await hint();
  expect(steps).toEqual([3]);
  expect(open).toEqual([poison]);
  open = [{ ...poison, kind: 'cancel', args: '{}' }];
  await hint();
  expect(steps).toEqual([3]);
  await jest.advanceTimersByTimeAsync(60_000);
  await hint();
  expect(steps).toEqual([3, 3]);
  expect(open).toEqual([]);
});

test('a command that PostgreSQL could not take keeps its place', async () => {
  open = [command({ id: '1' })];
  step = () => Promise.reject(new StoreUnavailable('transition'));
  await hint();
  expect(steps).toEqual([3]);
  step = () => Promise.resolve(false);
  await hint();
  expect(steps).toEqual([3, 3]);
  expect(open).toEqual([]);
});
