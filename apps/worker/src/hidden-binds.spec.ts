import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { makeTestFolder } from '#test-kit';
import { hiddenBinds } from './hidden-binds.js';

const folder = makeTestFolder('hidden-binds');
afterAll(() => folder.remove());

test('a bind of something that stays hidden is told, also by another name; one beside it or above it is none', () => {
  const at = (...parts: string[]): string => join(folder.path, ...parts);
  for (const name of ['.ssh/old', '.ssh-notes']) mkdirSync(at(name), { recursive: true });
  symlinkSync(at('.ssh'), at('keys'));
  const binds = ['.ssh', '.ssh/old', 'keys', '.ssh-notes', '.'].map((name) => ({ path: at(name), writable: false }));
  expect(hiddenBinds(binds, [at('work'), at('.ssh')])).toEqual(
    ['.ssh', '.ssh/old', 'keys'].map((name) => ({ path: at(name), hiddenBy: at('.ssh') })),
  );
});
