import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { numberIn, runProgram } from './program.js';
import { freshDatabase, settleDisk, type Servers } from './servers.js';

const peers = join(import.meta.dirname, '..', '..', '..', 'bench', 'peers');

/**
 * Runs jobs that do nothing through graphile-worker on our PostgreSQL. Installs it on first use.
 * @returns jobs a second.
 */
export async function runGraphileWorker(servers: Servers, jobs: number): Promise<number> {
  if (!existsSync(join(peers, 'node_modules')))
    execFileSync('npm', ['ci', '--ignore-scripts'], { cwd: peers, stdio: 'pipe' });
  const PG_URL = await freshDatabase(servers, 'peer');
  const env = { ...process.env, PG_URL, NO_LOG_SUCCESS: '1' };
  const run = (step: string): Promise<string> =>
    runProgram('graphile-worker.mjs', [step, String(jobs)], { cwd: peers, env }).output;
  await run('add');
  await settleDisk(servers);
  return numberIn(await run('work'), /jobs\/s ([\d.]+)/);
}
