// Goal: what a lost hint hid is found, also by a broker that never rests.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { NatsConnection } from '#adapter-nats';
import { LeaseDesk, type DeskAnswer, type SessionDesk } from '#engine';
import { LeaseController } from './lease.controller.js';

const answer: DeskAnswer = { gateway: 'g', session: '1', requestId: 'a', status: 200, body: '{}' };

/** A desk at which somebody always waits, and that always has more to hand out until it is told to stop. */
class BusyDesk extends LeaseDesk {
  busy = true;
  rounds = 0;
  sweeps = 0;

  override get waiters(): number {
    return 1;
  }

  override sweep(): Promise<void> {
    this.sweeps += 1;
    return Promise.resolve();
  }

  override async serve(): Promise<{ answers: DeskAnswer[]; more: boolean }> {
    this.rounds += 1;
    await nextTurn();
    return { answers: [answer], more: this.busy };
  }
}

let desk: BusyDesk;
let controller: LeaseController;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  desk = new BusyDesk({ store: {} as never, newToken: () => '', nowMs: () => 0 });
  const nats = { publish: () => undefined } as unknown as NatsConnection;
  controller = new LeaseController(desk, {} as SessionDesk, nats);
});
afterEach(() => {
  desk.busy = false;
  controller.onModuleDestroy();
  jest.useRealTimers();
});

const rounds = async (more: number): Promise<void> => {
  for (const until = desk.rounds + more; desk.rounds < until;) await nextTurn();
};

test('a broker whose rounds never end sweeps between them', async () => {
  controller.ready({ classes: [1] });
  await rounds(3);
  expect(desk.sweeps).toBe(0);
  jest.advanceTimersByTime(2_000);
  await rounds(3);
  expect(desk.sweeps).toBe(1);
});
