// Goal: whoever reads the log learns that a password is not valid any more, and is not drowned in it.
import { expect, test } from '@jest/globals';
import { errors, type Status } from '@nats-io/transport-node';
import { watchRefusals } from './watch-refusals.js';

const error = (message: string): Status => ({ type: 'error', error: new errors.AuthorizationError(message) });
const refusal = error('Authorization Violation');
const reconnect: Status = { type: 'reconnect', server: 'nats://h:4222' };

/** @param told at which second what happens */
async function heardOf(told: readonly [atSec: number, status: Status][]): Promise<string[]> {
  let nowMs = 0;
  const heard: string[] = [];
  async function* status(): AsyncGenerator<Status> {
    for (const [atSec, each] of told) {
      nowMs = atSec * 1_000;
      yield await Promise.resolve(each);
    }
  }
  await watchRefusals(
    { status },
    {
      refused: ({ message }) => void heard.push(`${nowMs / 1_000}: ${message}`),
      admitted: () => void heard.push(`${nowMs / 1_000}: in`),
      nowMs: () => nowMs,
    },
  );
  return heard;
}

test('a refusal is told at once and then once a minute, and its end is told', async () => {
  const heard = await heardOf([1, 2, 60, 61, 62].map((atSec) => [atSec, refusal]));
  expect(heard).toEqual(['1: Authorization Violation', '61: Authorization Violation']);
  expect(
    await heardOf([
      [1, refusal],
      [2, reconnect],
      [3, reconnect],
      [4, refusal],
    ]),
  ).toEqual(['1: Authorization Violation', '2: in', '4: Authorization Violation']);
});

test('a line too slow for the server is no refusal, nor is a connection that was lost', async () => {
  expect(
    await heardOf([
      [1, error('Authentication Timeout')],
      [2, reconnect],
      [3, reconnect],
    ]),
  ).toEqual([]);
});
