// Goal: what is made from something else and committed is never older than its source.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { foldersIn, jsonOf, root } from './repository.js';

test('the TypeScript of the SQL files is fresh', () => {
  expect(() =>
    execFileSync(process.execPath, ['scripts/generate-sql.mjs', '--check'], { cwd: root, stdio: 'pipe' }),
  ).not.toThrow();
});

const NestCli = z.object({
  monorepo: z.literal(true),
  root: z.string(),
  projects: z.record(
    z.string(),
    z.object({
      type: z.enum(['application', 'library']),
      root: z.string(),
      entryFile: z.string(),
      sourceRoot: z.string(),
    }),
  ),
});

test('every project of nest-cli.json is there', () => {
  const { projects } = NestCli.parse(jsonOf('nest-cli.json'));
  const missing = Object.entries(projects).filter(
    ([, project]) => !existsSync(join(root, project.sourceRoot, `${project.entryFile}.ts`)),
  );
  expect(missing.map(([name]) => name)).toEqual([]);
});

test('every app has an entry point, main.ts', () => {
  expect(foldersIn('apps').filter((app) => !existsSync(join(root, 'apps', app, 'src', 'main.ts')))).toEqual([]);
});

test('every name of package.json imports leads to a source', () => {
  const { imports } = z.object({ imports: z.record(z.string(), z.string()) }).parse(jsonOf('package.json'));
  const missing = Object.values(imports).filter((path) => {
    const source = path.replace('./dist/', './').replace(/\.js$/, '.ts');
    return !existsSync(join(root, path.startsWith('./dist/') ? source : path));
  });
  expect(missing).toEqual([]);
});
