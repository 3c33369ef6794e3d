/** Goal: what crashes comes back, later each time, and not for ever; what is stopped stays down. */
import { expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { KeptAlive, type Running } from './kept-alive.js';

/** Something that runs until it is told to end. */
class Fake implements Running {
  readonly pid = 1;
  readonly ended: Promise<number>;
  end: (code: number) => void = () => undefined;

  constructor() {
    this.ended = new Promise((resolve) => (this.end = resolve));
  }
  stop(): Promise<void> {
    this.end(0);
    return Promise.resolve();
  }
}

function keptFakes(backOffMs: number[]) {
  const starts: Fake[] = [];
  const told: string[] = [];
  const kept = new KeptAlive({
    name: 'it',
    start: () => Promise.resolve(starts[starts.push(new Fake()) - 1] ?? new Fake()),
    onRestart: (detail) => told.push(detail),
    onHopeless: (reason) => told.push(`hopeless: ${reason}`),
    backOffMs,
  });
  return { kept, starts, told };
}

test('it is started again after a crash, and given up after the last wait', async () => {
  const { kept, starts, told } = keptFakes([1, 2]);
  await kept.begin();
  for (let crash = 1; crash <= 3; crash += 1) {
    while (starts.length < crash) await sleep(1);
    starts.at(-1)?.end(7);
    while (told.length < crash) await sleep(1);
  }
  expect(starts).toHaveLength(3);
  expect(told).toEqual([
    'it ended with code 7: starting it again in 0.001 s',
    'it ended with code 7: starting it again in 0.002 s',
    'hopeless: it ended with code 7, 2 times in a row',
  ]);
});

test('what is stopped is not started again, also not from within a wait', async () => {
  const { kept, starts } = keptFakes([10_000]);
  await kept.begin();
  starts[0]?.end(7);
  await sleep(5);
  await kept.stop();
  expect(starts).toHaveLength(1);
});
