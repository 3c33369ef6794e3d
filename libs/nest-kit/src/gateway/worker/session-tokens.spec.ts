import { expect, test } from '@jest/globals';
import { SessionTokens } from './session-tokens.js';

const secret = 'a'.repeat(64);

test("a session's token is known again by any gateway of the stack", () => {
  const token = new SessionTokens(secret).sign('42');
  expect(token).toMatch(/^s\.42\.[0-9a-f]{32}$/);
  const other = new SessionTokens(secret);
  expect(other.verify(token)).toBe('42');
  expect(other.verify(token)).toBe('42');
});

test("another stack's token, a changed session and garbage are refused", () => {
  const tokens = new SessionTokens(secret);
  const token = tokens.sign('42');
  expect(new SessionTokens('b'.repeat(64)).verify(token)).toBeNull();
  for (const forged of [token.replace('42', '43'), `${token}0`, token.slice(0, -1), '', 's..', 's.42.', secret]) {
    expect(tokens.verify(forged)).toBeNull();
  }
});
