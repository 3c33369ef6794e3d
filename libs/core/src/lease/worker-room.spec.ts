import { expect, test } from '@jest/globals';
import { WorkerRoom } from './worker-room.js';

const small = { cores: 1, memoryMib: 1, gpus: 0, diskMib: null };

test('fractions of cores add up without losing a slot to rounding', () => {
  const room = WorkerRoom.of({ cores: 1, memoryMib: 1_000 });
  const tenth = { ...small, cores: 0.1 };
  for (let taken = 0; taken < 10; taken += 1) {
    expect(room.fits(tenth)).toBe(true);
    room.take(tenth);
  }
  expect(room.fits(tenth)).toBe(false);
});

test('each of cores, memory, GPUs and disk may be what is short', () => {
  const room = WorkerRoom.of({ cores: 8, memoryMib: 80, gpus: 2, diskMib: 100 });
  expect(room.times(small)).toBe(8);
  expect(room.times({ ...small, memoryMib: 20 })).toBe(4);
  expect(room.times({ ...small, gpus: 1 })).toBe(2);
  expect(room.times({ ...small, diskMib: 40 })).toBe(2);
  expect(room.fits({ ...small, gpus: 3 })).toBe(false);
  expect(room.fits({ ...small, diskMib: 101 })).toBe(false);
});

test('a worker that told no disk and no GPUs takes any disk and no GPU', () => {
  const room = WorkerRoom.of({ cores: 1, memoryMib: 1 });
  expect([room.fits({ ...small, diskMib: 1e9 }), room.fits({ ...small, gpus: 1 })]).toEqual([true, false]);
  room.take({ ...small, diskMib: 1e9 });
  room.giveBack({ ...small, diskMib: 1e9 });
  expect(room.fits({ ...small, diskMib: 1e9 })).toBe(true);
});
