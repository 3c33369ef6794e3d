import { expect, test } from '@jest/globals';
import { fnv1a, heldHash } from './held-hash.js';

test('the hash of one attempt is FNV-1a', () => {
  expect(fnv1a('')).toBe(0x811c9dc5);
  expect(fnv1a('a')).toBe(0xe40c292c);
  expect(fnv1a('foobar')).toBe(0xbf9cf968);
});

test('the hash of many does not depend on their order, and stays within 32 bits', () => {
  const keys = Array.from({ length: 1_000 }, (_, no) => `1:${no}:1`);
  expect(heldHash(keys)).toBe(heldHash([...keys].reverse()));
  expect(heldHash(keys)).toBe(keys.reduce((sum, key) => (sum + fnv1a(key)) % 2 ** 32, 0));
  expect(heldHash([])).toBe(0);
});
