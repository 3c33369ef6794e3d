import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { inMessages, jsonBytes, messageBytesMax } from './message-size.js';

test('cut into messages a list is whole and in order, no message is empty, and none is too large but for an item alone', () => {
  const item = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.constant('文'.repeat(60)));
  fc.assert(
    fc.property(fc.array(item, { maxLength: 60 }), fc.integer({ min: 20, max: 400 }), (items, bytesMax) => {
      const messages = inMessages(items, jsonBytes, bytesMax);
      expect(messages.flat()).toEqual(items);
      for (const message of messages) {
        expect(message.length).toBeGreaterThan(0);
        if (message.length > 1) expect(jsonBytes(message)).toBeLessThanOrEqual(bytesMax + 2); // the brackets
      }
    }),
  );
});

test('no more messages than needed: what fits into one is one', () => {
  const items = Array.from({ length: 1_000 }, (_, no) => ({ no }));
  expect(inMessages(items, jsonBytes)).toEqual([items]);
  const halves = Array.from({ length: 4 }, () => 'x'.repeat(messageBytesMax / 2 - 10));
  expect(inMessages(halves, jsonBytes).map(({ length }) => length)).toEqual([2, 2]);
});

test('bytes are counted, not characters', () => {
  expect(jsonBytes('é文😀')).toBe(2 + 2 + 3 + 4);
});
