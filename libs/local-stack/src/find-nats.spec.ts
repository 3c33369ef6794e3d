/** Goal: the nats-server that starts is new enough, and where none is found the message names every way tried. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findNats, isAtLeast } from './find-nats.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-nats-find-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function installed(where: string, version: string): string {
  mkdirSync(join(folder, where), { recursive: true });
  const path = join(folder, where, 'nats-server');
  writeFileSync(path, `#!/bin/sh\necho "nats-server: v${version}"\n`, { mode: 0o755 });
  return path;
}

test('a server that the environment names is taken, and refused when it is too old or not there', async () => {
  const good = installed('good', '2.12.0');
  const old = installed('old', '2.9.10');
  const find = (path: string) => findNats({ stateDir: folder, env: { NATS_SERVER_BIN: path } });
  expect(await find(good)).toEqual({ path: good, version: '2.12.0' });
  await expect(find(old)).rejects.toThrow(
    `NATS_SERVER_BIN=${old} cannot be used: version 2.9.10 is older than 2.10.27`,
  );
  await expect(find('/nowhere/nats-server')).rejects.toThrow('NATS_SERVER_BIN=/nowhere/nats-server cannot be used');
});

test('PATH comes before the cache, but an old server on PATH does not hide a good one in the cache', async () => {
  const cached = installed('cache/sluice', '2.10.27');
  const newer = installed('newer', '2.11.0');
  installed('older', '2.10.26');
  const find = (path: string) =>
    findNats({ stateDir: folder, env: { PATH: join(folder, path), XDG_CACHE_HOME: join(folder, 'cache') } });
  expect(await find('newer')).toEqual({ path: newer, version: '2.11.0' });
  expect(await find('older')).toEqual({ path: cached, version: '2.10.27' });
});

test('without a HOME that can be written the cache is in the state folder', async () => {
  const cached = installed('state/cache', '2.10.29');
  const env = { PATH: '', HOME: '/dev/null' };
  expect(await findNats({ stateDir: join(folder, 'state'), env })).toEqual({ path: cached, version: '2.10.29' });
});

test.each([
  ['2.10.27', '2.10.27', true],
  ['2.9.100', '2.10.27', false],
  ['2.10.3', '2.10.27', false],
  ['3.0.0', '2.10.27', true],
])('version %s is at least %s: %s', (version, least, expected) => {
  expect(isAtLeast(version, least)).toBe(expected);
});
