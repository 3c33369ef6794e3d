import { expect, test } from '@jest/globals';
import type { ReadyClass, SessionOffer } from '../ports/lease-store.js';
import { ClassCatalogue, fits, offers } from './class-catalogue.js';

const readyClass = (over: Partial<ReadyClass> = {}): ReadyClass => ({
  ...{ id: 1, transform: 'command', cores: 2, memoryMib: 1_000, gpus: 0, diskMib: 0, walltimeSec: null },
  ...{ sites: [], mode: 'auto' },
  ...over,
});
const offer: SessionOffer = {
  ...{ id: '1', site: 'USDF', cores: 2, memoryMib: 1_000, transforms: ['command@1'], state: 'live' },
};

test('a worker fits a class that asks for just what it has, and none that asks for more', () => {
  expect(fits(readyClass(), offer)).toBe(true);
  const more = [{ cores: 2.5 }, { memoryMib: 1_001 }, { gpus: 1 }, { sites: ['FrDF'] }, { mode: 'push' }];
  for (const over of [...more, { transform: 'noop' }]) expect(fits(readyClass(over), offer)).toBe(false);
  expect(fits(readyClass({ sites: ['FrDF', 'USDF'] }), offer)).toBe(true);
});

test('`command@1` offers `command` and `command@1`, not `comm` nor `command@10`', () => {
  expect(['command', 'command@1', 'comm', 'command@10'].map((wanted) => offers('command@1', wanted))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test('classes that come later are read once they are asked for, and count for workers known before', async () => {
  const known = [readyClass()];
  const asked: number[] = [];
  const catalogue = new ClassCatalogue({
    classesAfter: async (id) => {
      asked.push(id);
      return known.filter((one) => one.id > id);
    },
  });
  await catalogue.learn([1]);
  expect([...catalogue.fitting(offer)]).toEqual([1]);
  known.push(readyClass({ id: 2 }));
  await catalogue.learn([1]);
  expect([...catalogue.fitting(offer)]).toEqual([1]);
  await catalogue.learn([2]);
  expect([...catalogue.fitting(offer)]).toEqual([1, 2]);
  expect(asked).toEqual([0, 1]);
});

test('a class whose upload committed after a newer one is known as soon as it is asked for', async () => {
  const known = [readyClass({ id: 1 }), readyClass({ id: 3 })];
  const catalogue = new ClassCatalogue({ classesAfter: async (id) => known.filter((one) => one.id > id) });
  await catalogue.learn([3]);
  expect([...catalogue.fitting(offer)]).toEqual([1, 3]);
  known.push(readyClass({ id: 2 }));
  await catalogue.learn([2]);
  expect([...catalogue.fitting(offer)].sort()).toEqual([1, 2, 3]);
});
