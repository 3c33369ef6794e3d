import { expect, test } from '@jest/globals';
import type { LimitName, LimitRoom, ReadyClass } from '../ports/lease-store.js';
import { LimitBook } from './limit-book.js';

const space: LimitName & { id: number } = { id: 1, kind: 'space', name: 'survey' };
const site: LimitName & { id: number } = { id: 2, kind: 'site', name: 'usdf' };

const two: ReadyClass = {
  ...{
    id: 7,
    transform: 'noop',
    mode: 'auto',
    memoryMib: 1,
    gpus: 0,
    diskMib: 0,
    walltimeSec: null,
    shareId: null,
    workflow: '',
  },
  ...{ sites: [], avoidSites: [], features: [], tags: {}, preemptible: true, limits: [], owner: 'ada' },
  ...{ cores: 2, space: 'survey' },
};

/** A book over a store that counts how often it is looked into. */
async function bookOf(rooms: LimitRoom[]) {
  let looks = 0;
  const book = new LimitBook({
    limits: () => Promise.resolve({ change: '1', limits: [space, site] }),
    limitRoom: (ids) => {
      looks += 1;
      return Promise.resolve(rooms.filter(({ id }) => ids.includes(id)));
    },
  });
  await book.learn();
  const give = async (jobs: number, at: string): Promise<void> => {
    (await book.roomFor([two], [at], jobs))?.take(two.id, 0, jobs);
  };
  return { book, give, looks: () => looks };
}

test('limits that are known to have room for all of a round are not looked at again', async () => {
  const { give, looks } = await bookOf([{ id: 1, jobs: 100, millicores: null }]);
  for (let round = 0; round < 10; round += 1) await give(10, 'frdf');
  expect(looks()).toBe(1);
  await give(1, 'frdf'); // what was known is handed out
  expect(looks()).toBe(2);
});

test('room for cores is reckoned by the largest class of a round', async () => {
  const { give, looks } = await bookOf([{ id: 1, jobs: null, millicores: 39_999 }]);
  await give(10, 'frdf'); // 20 cores
  await give(10, 'frdf');
  expect(looks()).toBe(2);
});

test('what was freed is room again, also where another limit was looked at since', async () => {
  const full = [
    { id: 1, jobs: 5, millicores: null },
    { id: 2, jobs: 0, millicores: null },
  ];
  const { book, give } = await bookOf(full);
  await give(0, 'usdf');
  expect(book.full(two, 'usdf')).toEqual([2]);
  book.noteFreed([2]);
  await give(6, 'frdf'); // looks at the space's limit only
  expect(book.full(two, 'usdf')).not.toContain(2);
});

test('when limits may have changed nothing is known of their room', async () => {
  const { book, give, looks } = await bookOf([{ id: 1, jobs: 100, millicores: null }]);
  await give(10, 'frdf');
  book.expire();
  await give(10, 'frdf');
  expect(looks()).toBe(2);
});
