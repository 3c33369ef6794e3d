import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { SessionFile } from './session-file.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-session-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('the next process in a folder learns whose session was left there', () => {
  expect(new SessionFile(folder).read()).toBeNull();
  new SessionFile(folder).keep('s.1.a');
  new SessionFile(folder).keep('s.1.b');
  expect(new SessionFile(folder).read()).toBe('s.1.b');
});

test('a session that ended cleanly is not ended again', () => {
  const file = new SessionFile(folder);
  file.keep('s.1.a');
  file.remove();
  expect(new SessionFile(folder).read()).toBeNull();
});

test('the token is for its owner only', () => {
  new SessionFile(folder).keep('s.1.a');
  expect(statSync(join(folder, 'session')).mode & 0o777).toBe(0o600);
});

test('a folder that is gone stops no session', () => {
  expect(() => new SessionFile(join(folder, 'gone')).keep('s.1.a')).not.toThrow();
});
