// Goal: a client that is made from the document which a gateway gives, by others' tools, compiles under strict types and works.
import { execFile, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { root } from '../../house/repository.js';
import { all, call, endSession, environment, register, work } from './gateway-trial.js';

const run = promisify(execFile);
const node = (...args: string[]): Promise<unknown> => run(process.execPath, args, { cwd: root });
const strictest = {
  ...{ module: 'nodenext', target: 'es2023', strict: true, noUncheckedIndexedAccess: true },
  ...{ exactOptionalPropertyTypes: true, types: ['node'], skipLibCheck: false },
};

test('a made client keeps a file, submits in chunks, finds out why, retries, reports and cancels', async () => {
  const folder = join(root, 'dist', `made-client-${process.pid}`); // within the repository: its packages are found
  const at = (file: string): string => join(folder, file);
  mkdirSync(folder, { recursive: true });
  try {
    writeFileSync(at('openapi.json'), await (await call('GET', '/openapi.json', { token: '' })).text());
    await node('node_modules/openapi-typescript/bin/cli.js', at('openapi.json'), '-o', at('sluice-api.d.ts'));
    copyFileSync(join(root, 'examples/client/night.mts'), at('night.mts'));
    writeFileSync(at('tsconfig.json'), JSON.stringify({ compilerOptions: strictest, include: ['*.mts', '*.d.ts'] }));
    await node('node_modules/typescript/bin/tsc', '-p', folder);

    const env = { PATH: process.env.PATH, SLUICE_URL: all.url, SLUICE_TOKEN_FILE: environment['SLUICE_TOKEN_FILE'] };
    const client = spawn(process.execPath, [at('night.mjs')], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [client.stdout, client.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (said += text));
    const ended = new Promise<number | null>((resolve) => client.on('close', resolve));
    const worker = await register();
    await work(worker);
    await work(worker, ['left']); // and join is pruned
    while (client.exitCode === null && !said.includes('in run 2')) await work(worker, [], 1);
    const status = await ended;
    expect(said).toContain('done in run 2: fetch left right join\nwork: 4 of 4\n');
    expect(said).toContain('spaces: night is one\na file of 14 bytes, in the end clear\n');
    expect(said).toContain('failed: left join\ne1: 1 failed with no such file\njoin: ');
    expect(said).toContain('would run again: 1 and 1 after them\n');
    expect(said).toMatch(/cancelled: 0 finished, 1 failed of 1\nno-such: not-found\n$/);
    expect(status).toBe(0);
    await endSession(worker);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 180_000);
