import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestStack } from './test-stack.js';

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

const entry = fileURLToPath(new URL('../../apps/cli/src/main.js', import.meta.url));

/** The command line, as its own process, against a stack's first gateway. @param environment wins over that */
export function runSluice(
  stack: TestStack,
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<Ended> {
  const env = {
    PATH: process.env['PATH'],
    SLUICE_URL: stack.urls[0],
    SLUICE_TOKEN_FILE: join(stack.folder.path, 'token'),
    ...environment,
  };
  return promisify(execFile)(process.execPath, [entry, ...args], { env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (fault: Ended) => fault,
  );
}
