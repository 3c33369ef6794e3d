import { expect, test } from '@jest/globals';
import { OpenPoll } from './open-poll.js';

const room = (cores: number, memoryMib: number, gpus = 0) => ({ cores, memoryMib, gpus });

test('a poll is outgrown by room that has at least doubled, and by nothing that no job could use', () => {
  const none = new OpenPoll(room(0, 0), 0);
  expect(none.hasOutgrown(room(0, 1_000))).toBe(false); // no core
  expect(none.hasOutgrown(room(1, 0))).toBe(false); // no memory
  expect(none.hasOutgrown(room(0.5, 1))).toBe(true);
  const some = new OpenPoll(room(4, 8_000, 1), 0);
  expect(some.hasOutgrown(room(4, 8_000, 1))).toBe(false);
  expect(some.hasOutgrown(room(7, 15_000, 1))).toBe(false);
  expect(some.hasOutgrown(room(8, 8_000, 1))).toBe(true);
  expect(some.hasOutgrown(room(4, 16_000, 1))).toBe(true);
  expect(some.hasOutgrown(room(4, 8_000, 2))).toBe(true);
  expect(new OpenPoll(null, 0).hasOutgrown(room(64, 64_000))).toBe(false); // it asks for no jobs
});

test('one of a worker with nothing to run is sent anew 20 ms after the last, of one that runs something a second after', () => {
  const poll = new OpenPoll(room(0, 0), 5_000);
  expect(poll.restMs({ isIdle: true, nowMs: 5_005 })).toBe(15);
  expect(poll.restMs({ isIdle: true, nowMs: 6_000 })).toBe(0);
  expect(poll.restMs({ isIdle: false, nowMs: 5_400 })).toBe(600);
  expect(poll.restMs({ isIdle: false, nowMs: 6_000 })).toBe(0);
});
