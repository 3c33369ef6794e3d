import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder, unpackDebianProgram } from '#local-stack';
import type { Starter } from '#transform-sdk';
import { findIsolation } from '#transforms';

/** Releases whose bubblewrap runs on what we meet: the older needs less of this machine. */
const suites = ['bookworm', 'trixie'];
const program = { debianPackage: 'bubblewrap', path: 'usr/bin/bwrap' };

let found: Promise<Starter> | undefined;

/**
 * A bubblewrap that works here: SLUICE_BWRAP, PATH, our cache, else taken out of Debian's package into the cache. Tests
 * of the sandbox run wherever one can be had; where none can they say why, and nothing is tried.
 */
export const findTestBwrap = (): Promise<Starter> => (found ??= look());

/**
 * What is wrong when tests of the sandbox are left out: in CI, on a machine that lets a user make namespaces, nothing may
 * keep them from being tried. Null: all is well.
 */
export function sandboxLeftOut(
  found: Starter,
  machine: { inCi: boolean; allowsNamespaces: () => boolean } = thisMachine,
): string | null {
  if ('path' in found || !machine.inCi || !machine.allowsNamespaces()) return null;
  return `this machine allows namespaces, and yet no test of the sandbox is tried: ${found.missing}. Install bubblewrap, or name it by SLUICE_BWRAP.`;
}

/** `unshare` belongs to util-linux, which every Linux has. */
const thisMachine = {
  inCi: (process.env['CI'] ?? '') !== '',
  allowsNamespaces: (): boolean =>
    spawnSync('unshare', ['--user', '--map-root-user', '--mount', 'true'], { stdio: 'ignore' }).status === 0,
};

async function look(): Promise<Starter> {
  const here = await tried(process.env);
  if ('path' in here || process.platform !== 'linux') return here;
  const cached = join(cacheFolder(tmpdir(), process.env), 'bwrap');
  const refusal = existsSync(cached) ? null : await fetchInto(cached);
  if (refusal !== null) return { missing: `${here.missing}; Debian's package: ${refusal}` };
  return tried({ SLUICE_BWRAP: cached });
}

const tried = async (env: NodeJS.ProcessEnv): Promise<Starter> => (await findIsolation(env, tmpdir())).bwrap;

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
