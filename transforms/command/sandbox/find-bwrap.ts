import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Starter } from '#transform-sdk';
import { processGroup, programEnd } from '../process-group.js';
import { insideFolder, sandboxOptions, systemView } from './sandbox-view.js';
import { NotStarted, startSandboxed } from './sandboxed-program.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** A machine that takes longer to start `true` would take as long for every job. */
const trialMsMax = 10_000;
/** Options that no sandbox of ours can do without: bubblewrap 0.4.0 has them. */
const needed = ['--args', '--json-status-fd', '--seccomp', '--unshare-all', '--remount-ro'];

/**
 * Finds bubblewrap (SLUICE_BWRAP, else PATH) and runs `true` in a sandbox, as jobs will be run: that it is installed
 * does not say that this machine's kernel and its settings allow it.
 * @param folder an existing folder in which attempts' folders will be
 */
export async function findBwrap(env: Environment, folder: string): Promise<Starter> {
  if (process.platform !== 'linux') return { missing: 'only Linux has the namespaces that it needs' };
  const path = programPath('bwrap', { env, named: 'SLUICE_BWRAP' });
  if (typeof path !== 'string') return path;
  const options = await optionsOf(path);
  const lacking = needed.filter((option) => !options.has(option));
  if (lacking.length > 0) return { missing: `${path} has no option ${lacking.join(', ')}: it is older than 0.4.0` };
  const fault = await trialFault({ path, options }, folder);
  return fault === null ? { path, options } : { missing: `${path} does not work here: ${fault}` };
}

/** Where a program is: where a variable says, else on PATH. */
export function programPath(name: string, where: { env: Environment; named: string }): string | { missing: string } {
  const named = where.env[where.named] ?? '';
  const candidates =
    named === '' ? (where.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, name)) : [named];
  const found = candidates.find(isProgram);
  if (found !== undefined) return found;
  return { missing: named === '' ? `there is no ${name} on PATH` : `${where.named}=${named} is no program` };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function optionsOf(path: string): Promise<ReadonlySet<string>> {
  const help = await new Promise<string>((resolve) => {
    execFile(path, ['--help'], { env: {}, timeout: trialMsMax }, (_, stdout, stderr) => resolve(stdout + stderr));
  });
  return new Set(help.match(/--[a-z0-9-]+/g));
}

/** @returns null when a program ran in a sandbox; else what bubblewrap said */
async function trialFault(
  bwrap: { path: string; options: ReadonlySet<string> },
  parent: string,
): Promise<string | null> {
  const folder = await mkdtemp(join(parent, 'sandbox-trial-'));
  const usual = { env: {}, network: false, gpus: false, memoryMib: 1, binds: [], hidden: [] };
  const attempt = { ...usual, folder, cwd: insideFolder };
  const options = sandboxOptions(systemView(), attempt, bwrap.options);
  try {
    const line = { program: '/bin/sh', args: ['-c', 'echo > /tmp/written'] };
    const program = await startSandboxed(line, { bwrap: bwrap.path, options, wrap: (launch) => launch }, folder);
    const signal = AbortSignal.timeout(trialMsMax);
    const end = await programEnd(program, processGroup(program), { signal, graceMs: () => 0 });
    return end.exitCode === 0 ? null : await said(folder, `it ended with ${end.signal ?? end.exitCode}`);
  } catch (fault) {
    return said(folder, fault instanceof NotStarted ? fault.message : String(fault));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function said(folder: string, otherwise: string): Promise<string> {
  const text = await readFile(join(folder, 'stderr'), 'utf8').catch(() => '');
  return text.trim() === '' ? otherwise : text.trim().slice(0, 500);
}
