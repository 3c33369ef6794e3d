// Goal: docs/api says what the contracts say.
import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { root } from './repository.js';

test('the JSON Schemas and the OpenAPI document are fresh', () => {
  expect(() =>
    execFileSync(process.execPath, ['scripts/generate-api.mjs', '--check'], { cwd: root, stdio: 'pipe' }),
  ).not.toThrow();
});
