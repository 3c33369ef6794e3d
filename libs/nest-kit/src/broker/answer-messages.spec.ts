// Goal: answers reach their gateways whole, and no message is larger than NATS takes.
import { expect, test } from '@jest/globals';
import type { DeskAnswer } from '#engine';
import { answerMessages } from './answer-messages.js';

const answer = (given: Partial<DeskAnswer>): DeskAnswer => ({
  ...{ gateway: 'g1', session: '1', requestId: 'r', status: 200, body: '{}' },
  ...given,
});

test('small answers go together, a message for each gateway', () => {
  const messages = answerMessages([
    answer({ session: '1' }),
    answer({ session: '2', gateway: 'g2' }),
    answer({ session: '3' }),
  ]);
  expect(messages.map(({ gateway, message }) => [gateway, message.answers.map(({ session }) => session)])).toEqual([
    ['g1', ['1', '3']],
    ['g2', ['2']],
  ]);
});

test('only what is not 200 says its status', () => {
  const [sent] = answerMessages([answer({}), answer({ status: 404 })]);
  expect(sent?.message.answers.map(({ status }) => status)).toEqual([undefined, 404]);
});

test('a long answer comes in numbered parts that make up its body, none over 1 MiB even if every character is escaped', () => {
  const body = '"'.repeat(1_000_001);
  const messages = answerMessages([answer({ session: '1' }), answer({ session: '2', body }), answer({ session: '3' })]);
  for (const { message } of messages) expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThan(1024 * 1024);
  const parts = messages.flatMap(({ message }) => message.answers).filter(({ session }) => session === '2');
  expect(parts.map(({ part, parts }) => `${part}/${parts}`)).toEqual(['1/3', '2/3', '3/3']);
  expect(parts.map((each) => each.body).join('')).toBe(body);
});

test.each(['文', '😀', 'é"', '\u2028'])(
  'of a long answer all of %j bytes count, and no character is torn',
  (character) => {
    const body = character.repeat(500_000 / character.length);
    const messages = answerMessages([answer({ body }), answer({ session: '2' })]);
    for (const { message } of messages) expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThan(1_000_000);
    const pieces = messages.flatMap(({ message }) => message.answers).filter(({ session }) => session === '1');
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.map((piece) => Buffer.from(piece.body).toString()).join('')).toBe(body);
  },
);

test('no answers are no messages', () => {
  expect(answerMessages([])).toEqual([]);
});
