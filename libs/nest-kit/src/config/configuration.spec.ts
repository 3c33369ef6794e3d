import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BadConfiguration, readConfiguration, readHttpConfiguration } from './configuration.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-configuration-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const good = { DATABASE_URL: 'postgresql://u@h/d', NATS_URL: 'nats://t@h:4222' };

test('a whole environment is read, with what may be left out', () => {
  expect(readConfiguration('monitor', good)).toEqual({
    ...{ service: 'monitor', databaseUrl: good.DATABASE_URL, natsUrl: good.NATS_URL, supervised: false },
    ...{ limits: { jobs: 5_000_000, edges: 20_000_000, parentsOfOneJob: 200_000 }, uploadKeepHours: 24, clockScale: 1 },
    ...{
      archive: null,
      eventKeepDays: 7,
      eventMib: 1_024,
      auditKeepDays: null,
      rangeJobs: 20_000_000,
      sitesFile: null,
      natsMonitorUrl: null,
    },
  });
  const file = join(folder, 'token');
  writeFileSync(file, `${'a'.repeat(64)}\n`);
  expect(readHttpConfiguration('gateway', { SLUICE_TOKEN_FILE: file })).toEqual({
    ...{
      host: '127.0.0.1',
      port: 7_070,
      callsPerSec: 1_000,
      token: 'a'.repeat(64),
      files: null,
      grantsFile: null,
      hasIdentity: false,
    },
    issuersFile: null,
  });
});

test('who people are is known with a file of grants or one of issuers; an empty name is none', () => {
  const SLUICE_TOKEN_FILE = join(folder, 'stack-token');
  writeFileSync(SLUICE_TOKEN_FILE, `${'a'.repeat(64)}\n`);
  const known = (more: Record<string, string>): boolean =>
    readHttpConfiguration('gateway', { SLUICE_TOKEN_FILE, ...more }).hasIdentity;
  expect(known({ SLUICE_GRANTS_FILE: '', SLUICE_ISSUERS_FILE: '/etc/issuers.yaml' })).toBe(true);
  expect(known({ SLUICE_GRANTS_FILE: '/etc/grants.yaml' })).toBe(true);
  expect(known({ SLUICE_GRANTS_FILE: '', SLUICE_ISSUERS_FILE: '' })).toBe(false);
});

test('the limits of a workflow are set by the environment, each by itself', () => {
  const set = { ...good, SLUICE_MAX_JOBS: '10', SLUICE_MAX_PARENTS: '3', SLUICE_UPLOAD_KEEP_HOURS: '0.5' };
  const read = readConfiguration('gateway', set);
  expect(read).toMatchObject({ limits: { jobs: 10, edges: 20_000_000, parentsOfOneJob: 3 }, uploadKeepHours: 0.5 });
  expect(() => readConfiguration('gateway', { ...good, SLUICE_MAX_JOBS: '0', SLUICE_MAX_EDGES: 'many' })).toThrow(
    /SLUICE_MAX_JOBS.*SLUICE_MAX_EDGES/,
  );
});

test('ended workflows are archived only where somebody said where their files go', () => {
  const archiveOf = (set: Record<string, string>) => readConfiguration('transformer', { ...good, ...set }).archive;
  expect(archiveOf({ SLUICE_ARCHIVE_DIR: '/archive' })).toEqual({ afterDays: 90, place: '/archive' });
  expect(archiveOf({ SLUICE_ARCHIVE_DIR: 'none', SLUICE_ARCHIVE_AFTER_DAYS: '0.5' })).toEqual({
    ...{ afterDays: 0.5, place: null },
  });
  expect(archiveOf({ SLUICE_ARCHIVE_AFTER_DAYS: '30' })).toBeNull();
  expect(archiveOf({ SLUICE_ARCHIVE_DIR: '/archive', SLUICE_ARCHIVE_AFTER_DAYS: 'never' })).toEqual({
    ...{ afterDays: null, place: '/archive' },
  });
  expect(() => archiveOf({ SLUICE_ARCHIVE_DIR: 'archive' })).toThrow(/SLUICE_ARCHIVE_DIR: must be an absolute path/);
});

test('all that is missing or wrong is named at once', () => {
  expect(() => readConfiguration('monitor', { NATS_URL: 'http://h' })).toThrow(
    /DATABASE_URL: is not set.*NATS_URL: must be/,
  );
  expect(() => readHttpConfiguration('gateway', { SLUICE_HTTP_PORT: '70000' })).toThrow(
    /SLUICE_HTTP_PORT.*SLUICE_TOKEN_FILE/,
  );
});

test.each([
  ['is not there', null],
  ['is empty', ''],
  ['is short enough to guess', 'secret'],
  ['holds two', `${'a'.repeat(40)}\n${'b'.repeat(40)}`],
])('a token file that %s stops the start', (_what, text) => {
  const file = join(folder, 'bad');
  rmSync(file, { force: true });
  if (text !== null) writeFileSync(file, text);
  expect(() => readHttpConfiguration('gateway', { SLUICE_TOKEN_FILE: file })).toThrow(BadConfiguration);
});
