// Goal: what a person changes of shares holds from the next round on, and costs no more readings than it must.
import { expect, test } from '@jest/globals';
import type { ShareBooks } from '../ports/share-store.js';
import { ShareDesk } from './share-desk.js';

/** A desk whose readings are counted, and end when they are let. */
function deskAt(clock: { nowMs: number }) {
  const ends: (() => void)[] = [];
  const store: Partial<ShareBooks> = { books: () => new Promise((end) => ends.push(() => end([]))) };
  const desk = new ShareDesk({ store: store as ShareBooks, nowMs: () => clock.nowMs });
  /** @returns whether a round would have waited for a reading */
  const round = async (): Promise<boolean> => {
    let goesOn = false;
    const refreshed = desk.refresh().then(() => (goesOn = true));
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    const waited = !goesOn;
    for (let read = 0; !goesOn;) {
      for (; read < ends.length; read += 1) ends[read]?.();
      await Promise.resolve();
    }
    await refreshed;
    return waited;
  };
  return { desk, round, readings: () => ends.length };
}

test('a change is read before the next round, however new the last reading is', async () => {
  const clock = { nowMs: 0 };
  const { desk, round, readings } = deskAt(clock);
  expect(await round()).toBe(true);
  clock.nowMs += 500;
  expect([await round(), readings()]).toEqual([false, 1]);
  desk.expire();
  expect([await round(), readings()]).toEqual([true, 2]);
  clock.nowMs += 500;
  expect([await round(), readings()]).toEqual([false, 2]);
});

test('a reading that was under way when something changed is not enough', async () => {
  const clock = { nowMs: 0 };
  const { desk, round, readings } = deskAt(clock);
  await round();
  clock.nowMs += 5_500;
  void desk.refresh(); // begins one, and goes on
  clock.nowMs += 300;
  desk.expire();
  expect([await round(), readings()]).toEqual([true, 3]);
});

test('who changes something all the time makes a broker read five times a second', async () => {
  const clock = { nowMs: 0 };
  const { desk, round, readings } = deskAt(clock);
  for (; clock.nowMs < 2_000; clock.nowMs += 10) {
    desk.expire();
    await round();
  }
  expect(readings()).toBe(10);
});
