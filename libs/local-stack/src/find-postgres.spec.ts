/** Goal: the PostgreSQL that starts is the one a person expects, and where none does the message says what to do. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPostgres } from './find-postgres.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-find-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A folder with programs that say they are that version. */
function installed(where: string, version: string): string {
  const bin = join(folder, where);
  mkdirSync(bin, { recursive: true });
  for (const name of ['postgres', 'initdb']) {
    writeFileSync(join(bin, name), `#!/bin/sh\necho "${name} (PostgreSQL) ${version}"\n`, { mode: 0o755 });
  }
  return bin;
}

const nowhere = { path: '', versionFolders: [] };

test('PATH comes before the usual folders, and there the newest comes first', async () => {
  const onPath = installed('on-path', '15.4');
  installed('versions/9/bin', '9.6');
  installed('versions/16/bin', '16.1');
  const newest = installed('versions/17/bin', '17.2');
  const versionFolders = [{ folder: join(folder, 'versions'), below: 'bin' }];
  expect(await findPostgres({ only: 'system', path: onPath, versionFolders })).toMatchObject({
    major: 15,
    postgres: join(onPath, 'postgres'),
  });
  expect(await findPostgres({ only: 'system', path: '', versionFolders })).toMatchObject({
    major: 17,
    initdb: join(newest, 'initdb'),
  });
});

test('the version that made the data folder is taken, though another would be found first', async () => {
  const newer = installed('both/newer', '17.2');
  const older = installed('both/older', '15.4');
  const found = await findPostgres({ ...nowhere, only: 'system', path: `${newer}:${older}`, major: 15 });
  expect(found.postgres).toBe(join(older, 'postgres'));
});

test('a link to postgres alone leads to the initdb beside its target', async () => {
  const real = installed('real', '16.0');
  const links = join(folder, 'links');
  mkdirSync(links);
  symlinkSync(join(real, 'postgres'), join(links, 'postgres'));
  const found = await findPostgres({ ...nowhere, only: 'system', path: links });
  expect(found.initdb).toBe(join(real, 'initdb'));
});

test('a PostgreSQL that is too old is named with its version, and the remedy', async () => {
  const old = installed('old', '13.9');
  await expect(findPostgres({ ...nowhere, only: 'system', path: old })).rejects.toThrow(
    new RegExp(`PostgreSQL 15 or newer was not found \\(tried: ${old}: version 13\\)\\. Install it .* DATABASE_URL`),
  );
});

test('a data folder that another version made says so, and how to begin anew', async () => {
  const other = installed('other', '17.2');
  await expect(findPostgres({ ...nowhere, only: 'system', path: other, major: 15 })).rejects.toThrow(
    /PostgreSQL 15, which made the data folder, was not found .*version 17.*--state-dir/,
  );
});
