import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

const entry = fileURLToPath(new URL('../../apps/cli/src/main.js', import.meta.url));

/** The command line, as its own process, against the first gateway of a stack, whose folder holds the token. @param environment wins over that */
export function runSluice(
  stack: { urls: readonly string[]; folder: { path: string } },
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
