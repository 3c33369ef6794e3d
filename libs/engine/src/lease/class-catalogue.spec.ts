import { expect, test } from '@jest/globals';
import type { ReadyClass } from '../ports/lease-store.js';
import { ClassCatalogue } from './class-catalogue.js';
import type { WorkerOffer } from './fits.js';

const readyClass = (over: Partial<ReadyClass> = {}): ReadyClass => ({
  ...{ id: 1, transform: 'command', cores: 2, memoryMib: 1_000, gpus: 0, diskMib: 0, walltimeSec: null },
  ...{ sites: [], avoidSites: [], tags: {}, features: [], mode: 'auto', preemptible: true },
  ...{ limits: [], space: 'main', owner: 'alice', shareId: null, workflow: '' },
  ...over,
});
const offer: WorkerOffer = {
  ...{
    siteState: 'open',
    sandbox: 'auto',
    gpus: 0,
    diskMib: null,
    tags: {},
    features: [],
    pullCores: null,
    pullMemoryMib: null,
  },
  ...{ site: 'USDF', cores: 2, memoryMib: 1_000, transforms: ['command@1'], walltimeLeftSec: null },
  ...{ diskMib: null, gpus: 0, tags: {}, features: [] },
};

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

test('the longer classes are lost to a worker as its time runs down', async () => {
  const known = [null, 60, 600].map((walltimeSec, no) => readyClass({ id: no + 1, walltimeSec }));
  const catalogue = new ClassCatalogue({ classesAfter: async () => known });
  await catalogue.learn([1]);
  const fitting = [null, 600, 599, 60, 59, 0].map((walltimeLeftSec) => [
    ...catalogue.fitting({ ...offer, walltimeLeftSec }),
  ]);
  expect(fitting).toEqual([[1, 2, 3], [1, 2, 3], [1, 2], [1, 2], [1], [1]]);
});
