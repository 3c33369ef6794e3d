import { createHmac } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { SessionTokens } from './session-tokens.js';

const secret = 'a'.repeat(64);
const hourMs = 3_600_000;
const nowMs = Date.UTC(2026, 10, 23);
const at = (afterMs: number, key = secret): SessionTokens => new SessionTokens(key, hourMs, () => nowMs + afterMs);

test("a session's token is known again by any gateway of the stack", () => {
  const token = at(0).sign('42', '7');
  expect(token).toMatch(/^s\.42\.7\.[0-9a-z]+\.[0-9a-f]{32}$/);
  const other = at(0);
  const said = { session: '42', opener: '7', endsAtMs: nowMs + hourMs };
  expect(other.read(token)).toEqual(said);
  expect(other.read(token)).toEqual(said);
});

test("another stack's token, a changed part and garbage are refused", () => {
  const tokens = at(0);
  const token = tokens.sign('42', '7');
  const [, , , end = ''] = token.split('.');
  expect(at(0, 'b'.repeat(64)).read(token)).toBeNull();
  const later = (Number.parseInt(end, 36) + 3_600).toString(36);
  for (const forged of [
    ...[
      token.replace('42', '43'),
      token.replace('.7.', '.0.'),
      token.replace(end, later),
      token.replace(`.7.${end}`, ''),
    ],
    ...[`${token}0`, token.slice(0, -1), '', 's..', 's.42.', 's.42.7..', secret],
  ]) {
    expect(tokens.read(forged)).toBeNull();
  }
});

test('a token ends after its term, and from half of it on there is another to go on with', () => {
  const token = at(0).sign('42');
  const said = at(0).read(token);
  if (!said) throw new Error('not read');
  expect([at(hourMs - 1).hasEnded(said), at(hourMs).hasEnded(said)]).toEqual([false, true]);
  expect(at(hourMs / 2 - 1).renewed(said)).toBeNull();
  const next = at(hourMs / 2).renewed(said) ?? '';
  expect(at(0).read(next)).toEqual({ session: '42', opener: '0', endsAtMs: nowMs + 1.5 * hourMs });
});

test('a token of the version before is known, and has ended', () => {
  const mac = createHmac('sha256', secret).update('session 42').digest('hex').slice(0, 32);
  const said = at(0).read(`s.42.${mac}`);
  expect(said).toMatchObject({ session: '42' });
  expect(said && at(0).hasEnded(said)).toBe(true);
});
