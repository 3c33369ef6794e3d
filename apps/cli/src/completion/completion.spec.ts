// Goal: what a shell offers is what the command line takes; tried in a real bash.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { buildProgram } from '../program.js';
import { bashCompletion } from './bash.js';
import { fishCompletion } from './fish.js';
import { programWords } from './verb-words.js';
import { zshCompletion } from './zsh.js';

const words = programWords(buildProgram('0', () => undefined));
const folder = mkdtempSync(join(tmpdir(), 'sluice-completion-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(join(folder, 'a night.yaml'), '');
writeFileSync(join(folder, 'sluice.bash'), bashCompletion(words));

/** What bash offers for the last of these words. */
function offered(...line: string[]): string[] {
  const script = `
    source ./sluice.bash
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _sluice
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const args = ['--norc', '-c', script, 'bash', 'sluice', ...line];
  return execFileSync('bash', args, { cwd: folder, encoding: 'utf8' }).split('\n').filter(Boolean);
}

test('bash offers the verbs, and those that begin so', () => {
  expect(offered('')).toEqual(expect.arrayContaining(['run', 'exec', 'jobs', 'completion', '--state-dir']));
  expect(offered('w')).toEqual(['watch', 'wait', 'why', 'worker', 'whoami']);
});

test("bash offers a verb's own options and those of every verb, and no other verb's", () => {
  expect(offered('jobs', '--')).toEqual(expect.arrayContaining(['--state', '--reason', '--limit', '--output']));
  expect(offered('jobs', '--')).not.toContain('--workers');
});

test('bash offers the choices of an option, wherever it stands', () => {
  const states = ['waiting', 'ready', 'leased', 'finished', 'failed', 'running'];
  expect(offered('jobs', 'last', '--state', '')).toEqual(states);
  expect(offered('-o', 'n')).toEqual(['ndjson']);
  expect(offered('ls', '--output', 'c')).toEqual(['csv']);
  expect(offered('completion', 'z')).toEqual(['zsh']);
});

test('bash knows the verb behind an option with a value, though the value looks like a verb', () => {
  expect(offered('--state-dir', 'run', 'jobs', '--re')).toEqual(['--reason']);
  expect(offered('-o', 'json', 'up', '--po')).toEqual(['--port']);
});

test('bash offers files where a file belongs, selectors where a workflow does, nothing for a number', () => {
  expect(offered('run', 'a')).toEqual(['a night.yaml']);
  expect(offered('up', '--state-dir', 'a')).toEqual(['a night.yaml']);
  expect(offered('show', 'l')).toEqual(['last', 'last~1']);
  expect(offered('run', '--workers', '')).toEqual([]);
});

test('behind -- bash offers programs, then files, and no options of ours', () => {
  expect(offered('exec', '--', 'tru')).toContain('true');
  expect(offered('exec', '--count', '3', '--', 'cat', 'a')).toEqual(['a night.yaml']);
  expect(offered('exec', '--', 'ls', '--')).toEqual([]);
});

test.each([
  ['zsh', zshCompletion(words)],
  ['fish', fishCompletion(words)],
])('the script for %s knows every verb, every option and every choice', (_, script) => {
  for (const { name, options } of words.verbs) {
    expect(script).toContain(name);
    for (const option of options.flatMap(({ names }) => names)) expect(script).toContain(option.replace(/^--?/, ''));
  }
  expect(script).toContain('waiting ready leased finished failed');
});
