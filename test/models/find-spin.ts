import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder, unpackDebianProgram } from '#local-stack';

/** What models are searched with: Spin writes a program for each, and the C compiler makes it run. */
export interface Spin {
  path: string;
  compiler: string;
}

const compiler = 'cc';
const suites = ['bookworm', 'trixie'];
const program = { debianPackage: 'spin', path: 'usr/bin/spin' };

/** @returns Spin of PATH, of our cache, or now taken out of Debian's package into it; else why there is none. */
export async function findSpin(): Promise<Spin | { missing: string }> {
  if (!answers(compiler, '--version')) return { missing: `there is no C compiler '${compiler}' on PATH` };
  if (answers('spin', '-V')) return { path: 'spin', compiler };
  const cached = join(cacheFolder(tmpdir(), process.env), 'spin');
  const refusal = existsSync(cached) ? null : await fetchInto(cached);
  if (refusal !== null) return { missing: `there is no spin on PATH; Debian's package: ${refusal}` };
  return answers(cached, '-V') ? { path: cached, compiler } : { missing: `${cached} does not run` };
}

/**
 * What is wrong when the models are left out: in CI, on a machine with a C compiler, nothing may keep them from being
 * searched. Null: all is well.
 */
export function modelsLeftOut(
  found: Spin | { missing: string },
  machine: { inCi: boolean; hasCompiler: boolean } = thisMachine(),
): string | null {
  if ('path' in found || !machine.inCi || !machine.hasCompiler) return null;
  return `there is a C compiler, and yet no model is searched: ${found.missing}. Install spin.`;
}

const thisMachine = () => ({
  inCi: (process.env['CI'] ?? '') !== '',
  hasCompiler: answers(compiler, '--version'),
});

const answers = (command: string, ...args: string[]): boolean =>
  spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/** Under another name first: another run may look for it meanwhile. */
async function fetchInto(cached: string): Promise<string | null> {
  const target = `${cached}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    const refusal = await unpackDebianProgram({ program, suites, target, scratch: `${target}.debian` });
    if (refusal === null) renameSync(target, cached);
    return refusal;
  } finally {
    rmSync(target, { force: true });
  }
}
