import { expect, test } from '@jest/globals';
import type { Counts } from '#contracts';
import { barOf, barText } from './bar.js';

const counts = (part: Partial<Counts>): Counts => {
  const all = { waiting: 0, ready: 0, leased: 0, finished: 0, failed: 0, ...part };
  return { ...all, total: all.waiting + all.ready + all.leased + all.finished + all.failed };
};

test('a bar shows each state in its order and length', () => {
  const bar = barOf(counts({ finished: 10, leased: 4, ready: 2, failed: 1, waiting: 3 }), 20);
  expect(barText(bar)).toBe('##########rrrr..x   ');
});

test('one failed job of a million has its cell', () => {
  expect(barText(barOf(counts({ finished: 999_999, failed: 1 }), 20))).toBe('###################x');
});

test('an empty task is an empty bar', () => {
  expect(barText(barOf(counts({}), 5))).toBe('     ');
});

test('cells always sum to the width, and whoever has jobs has a cell where there is room', () => {
  const seed = Date.now();
  let state = seed % 2_147_483_647;
  const random = (below: number): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
  for (let round = 0; round < 5_000; round += 1) {
    const size = 10 ** random(7);
    const some = (): number => (random(3) === 0 ? 0 : random(size));
    const shown = counts({ finished: some(), leased: some(), ready: some(), failed: some(), waiting: some() });
    const width = 1 + random(60);
    const bar = barOf(shown, width);
    const note = JSON.stringify({ seed, shown, width, bar });
    expect([note, barText(bar).length]).toEqual([note, width]);
    const present = (['finished', 'leased', 'ready', 'failed', 'waiting'] as const).filter((key) => shown[key] > 0);
    if (present.length > 0 && width >= present.length)
      expect([note, bar.map((part) => part.state)]).toEqual([note, present]);
  }
});
