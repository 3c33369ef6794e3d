/** Goal: the mirror is the one this machine is set up with, and its signatures are checked by the keys it trusts. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { debianSource } from './debian-program.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-apt-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function aptDir(name: string, files: Record<string, string>): string {
  const apt = join(folder, name);
  mkdirSync(join(apt, 'sources.list.d'), { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(apt, file), text);
  return apt;
}

test('the Debian archive is found in the new format, beside the archives of others', () => {
  const apt = aptDir('new', {
    'sources.list.d/cloud.list': 'deb https://packages.example.org/apt stable main\n',
    'sources.list.d/debian.sources': [
      '# a comment\nTypes: deb\nURIs: http://mirror.example.org/debian-security\nSuites: x-security\nSigned-By: /keys/security.gpg',
      'Types: deb\nURIs: http://mirror.example.org/debian\nSuites: x\nSigned-By: /keys/archive.gpg\n',
    ].join('\n\n'),
  });
  expect(debianSource(apt)).toEqual({ uri: 'http://mirror.example.org/debian', signedBy: '/keys/archive.gpg' });
});

test('the Debian archive is found in the old format, with and without a key of its own', () => {
  const plain = aptDir('plain', { 'sources.list': '# x\ndeb http://mirror.example.org/debian/ x main\n' });
  const keyed = aptDir('keyed', {
    'sources.list': 'deb [arch=amd64 signed-by=/keys/own.gpg] http://mirror.example.org/debian x main\n',
  });
  expect(debianSource(plain)).toEqual({
    uri: 'http://mirror.example.org/debian/',
    signedBy: '/usr/share/keyrings/debian-archive-keyring.gpg',
  });
  expect(debianSource(keyed)?.signedBy).toBe('/keys/own.gpg');
});

test('a machine that is not Debian has no source, nor does one that is switched off', () => {
  expect(debianSource(join(folder, 'missing'))).toBeNull();
  expect(
    debianSource(aptDir('ubuntu', { 'sources.list': 'deb http://mirror.example.org/ubuntu x main\n' })),
  ).toBeNull();
  const off = 'Enabled: no\nTypes: deb\nURIs: http://mirror.example.org/debian\n';
  expect(debianSource(aptDir('off', { 'sources.list.d/debian.sources': off }))).toBeNull();
});
