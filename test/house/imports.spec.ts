// Goal: the table of imports holds, found by reading the sources, without eslint.
import { describe, expect, test } from '@jest/globals';
import { importFault } from '#house';
import { filesBelow, textOf } from './repository.js';

const sources = ['apps', 'bench', 'libs', 'test', 'transforms']
  .flatMap((folder) => filesBelow(folder))
  .filter((file) => file.endsWith('.ts'));

const importOf =
  /(?:^|[\s;}])(?:import|export)\s(?:[^'"`;]*?\sfrom\s)?\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/g;

const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');

function importsOf(text: string): string[] {
  return [...withoutComments(text).matchAll(importOf)].map((match) => match[1] ?? match[2] ?? '');
}

test('no import breaks the table', () => {
  const faults = sources.flatMap((file) =>
    importsOf(textOf(file)).flatMap((specifier) => {
      const fault = importFault(file, specifier);
      return fault === null ? [] : [`${file}: ${fault}`];
    }),
  );
  expect(faults).toEqual([]);
});

test('the scan sees imports of every form', () => {
  const text = `import a from 'one';\nimport { b,\n c } from "two";\nimport 'three';\nexport * from './four.js';
    const five = await import('five');\nimport type { S } from 'six';\n// import 'seven';`;
  expect(importsOf(text)).toEqual(['one', 'two', 'three', './four.js', 'five', 'six']);
});

describe('the table', () => {
  test.each([
    ['libs/core/src/a.ts', 'node:fs'],
    ['libs/core/src/a.ts', 'yaml'],
    ['libs/core/src/a.ts', '#contracts'],
    ['libs/engine/src/a.ts', 'pg'],
    ['libs/engine/src/a.ts', 'zod'],
    ['libs/engine/src/verbs/a.ts', '../../../core/src/index.js'],
    ['libs/adapter-nats/src/a.ts', '#adapter-postgres'],
    ['transforms/noop/noop.ts', '../command/command.js'],
    ['apps/cli/src/main.ts', '@nestjs/core'],
    ['apps/cli/src/main.ts', '#nest-kit'],
    ['apps/gateway/src/main.ts', '#core'],
    ['apps/gateway/src/main.ts', 'typeorm'],
    ['apps/gateway/src/main.ts', '../../broker/src/main.js'],
  ])('refuses %s importing %s', (file, specifier) => {
    expect(importFault(file, specifier)).not.toBeNull();
  });

  test.each([
    ['libs/core/src/job/a.ts', '../codes.js'],
    ['libs/core/src/a.spec.ts', '@jest/globals'],
    ['libs/engine/src/a.ts', '#contracts'],
    ['libs/documents/src/a.ts', 'yaml'],
    ['libs/adapter-postgres/src/a.ts', 'pg-copy-streams'],
    ['transforms/register.ts', './noop/noop.js'],
    ['apps/gateway/src/main.ts', '@nestjs/core'],
    ['test/integration/a.spec.ts', '#core'],
  ])('lets %s import %s', (file, specifier) => {
    expect(importFault(file, specifier)).toBeNull();
  });
});
