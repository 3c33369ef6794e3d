import { expect, test } from '@jest/globals';
import { bestFit } from './best-fit.js';
import { WorkerRoom } from './worker-room.js';

const size = (cores: number, memoryMib: number, gpus = 0) => ({ cores, memoryMib, gpus, diskMib: null });
const room = WorkerRoom.of({ cores: 4, memoryMib: 8_000, gpus: 1 });

test('while cores run out before memory does, the first in order goes (B2)', () => {
  expect(bestFit(room, room, [size(1, 500), size(1, 2_000), size(4, 8_000)])).toBe(0);
  expect(bestFit(room, room, [size(5, 10), size(2, 3_000), size(1, 1_600)])).toBe(1);
});

test('of those within the memory that is free per core the largest goes first (B3)', () => {
  expect(bestFit(room, room, [size(1, 500), size(1, 2_000), size(1, 1_000), size(1, 2_001)])).toBe(1);
  expect(bestFit(room, room, [size(2, 3_000), size(1, 1_600), size(1, 9_000)])).toBe(1);
});

test('the last core goes to a job that takes the memory which small ones left (B3)', () => {
  const last = WorkerRoom.of({ cores: 1, memoryMib: 5_000 });
  expect(bestFit(last, room, [size(1, 1_000), size(1, 5_000)])).toBe(1);
});

test('when all take more than that, the largest that fits goes first (B4)', () => {
  expect(bestFit(room, room, [size(1, 3_000), size(1, 5_000), size(1, 8_001)])).toBe(1);
});

test('a job for a GPU goes before all others while a GPU is free (B1)', () => {
  expect(bestFit(room, room, [size(1, 2_000), size(1, 1, 1)])).toBe(1);
  expect(bestFit(room, room, [size(1, 2_000), size(1, 1, 2)])).toBe(0);
});

test('among equals the first in order goes (B5), and of what does not fit or is gone, nothing', () => {
  expect(bestFit(room, room, [undefined, size(5, 1), size(1, 10), size(1, 10)])).toBe(2);
  expect(bestFit(room, room, [undefined, size(5, 1)])).toBe(-1);
  expect(bestFit(room, room, [])).toBe(-1);
});
