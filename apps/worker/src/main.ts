/**
 * One worker process: reads flags, loads transforms, runs a Worker until it has drained. Exit codes: 0 drained,
 * 1 the gateway refused it, 2 flags, transforms, work folder or sandbox cannot be used.
 */
import { statfs } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ProblemError } from '#client';
import type { Starter } from '#transform-sdk';
import { featuresOf, findIsolation, limitFeatures, transforms } from '#transforms';
import {
  FolderInUse,
  Journal,
  SessionFile,
  TransformsNotLoaded,
  Worker,
  allTransforms,
  loadTransforms,
  type OwnIsolation,
  type WorkerLog,
} from '#worker';
import { BindsFile } from './binds-file.js';
import { hiddenBinds } from './hidden-binds.js';
import { closeInheritedFiles } from './inherited-files.js';
import { BadFlag, readToken, usage, workerFlags, type WorkerFlags } from './worker-flags.js';

const log: WorkerLog = (level, event, facts) => {
  process.stderr.write(`${JSON.stringify({ at: new Date().toISOString(), level, app: 'worker', event, ...facts })}\n`);
};

async function runWorker(flags: WorkerFlags): Promise<void> {
  const { workDir, graceSec, resendSec, tokenFile, clockScale } = flags;
  readToken(tokenFile);
  const outside = await Promise.all(flags.transforms.map(loadTransforms));
  const offered = allTransforms([transforms, ...outside]);
  const journal = Journal.open(join(workDir, 'journal'), log);
  const isolation = await isolationOf(flags);
  const worker = new Worker({
    ...flags,
    isolation,
    features: [...featuresOf(isolation), ...limitFeatures()],
    diskMib: flags.diskMib ?? (await freeMib(workDir)),
    poolToken: () => readToken(tokenFile),
    transforms: offered,
    workFolder: workDir,
    journal,
    sessionFile: new SessionFile(workDir),
    graceMs: graceSec * 1_000,
    resendMs: (resendSec * 1_000) / clockScale,
    log,
  });
  drainWhenTold(worker);
  const drained = worker.drained;
  // A channel that has closed by now is no fault of ours: `disconnect` has told us to drain.
  if (await worker.start()) process.send?.({ ready: true }, undefined, undefined, () => undefined);
  await drained;
  await journal.close();
}

/** Free space of the file system that attempts' folders are in. */
async function freeMib(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return Math.floor((bavail * bsize) / 2 ** 20);
}

/** @throws SandboxMissing when programs must run in a sandbox and cannot */
async function isolationOf(flags: WorkerFlags): Promise<OwnIsolation> {
  const { workDir, tokenFile, sandbox, binds, bindsFile, network } = flags;
  const { bwrap, apptainer } = await findIsolation(process.env, workDir);
  if (sandbox === 'required' && 'missing' in bwrap) throw new SandboxMissing(bwrap.missing);
  log('info', 'isolation.found', {
    sandbox: sandbox ?? 'as the site says',
    bwrap: told(bwrap),
    apptainer: told(apptainer),
  });
  const hidden = [workDir, resolve(tokenFile), ...flags.hidden];
  for (const bind of hiddenBinds(binds, hidden))
    log('warn', 'bind.hidden', { ...bind, remedy: 'programs see nothing of it: bind another folder' });
  return {
    ...{ sandbox, bwrap, apptainer, network },
    binds: bindsFile === null ? () => binds : new BindsFile(bindsFile, binds).read,
    hidden,
    imageCache: join(workDir, 'images'),
  };
}

const told = (starter: Starter): string => ('path' in starter ? starter.path : `none: ${starter.missing}`);

class SandboxMissing extends Error {
  constructor(why: string) {
    super(`--sandbox required, and there is no sandbox: ${why}. Install bubblewrap, or name it by SLUICE_BWRAP.`);
    this.name = 'SandboxMissing';
  }
}

/** On a signal, and in a hurry when the supervisor that started it is gone: a stack is gone within 5 s of it. */
function drainWhenTold(worker: Worker): void {
  const drain = (): void => void worker.drain();
  process.on('SIGTERM', drain);
  process.on('SIGINT', drain);
  if (process.env['SLUICE_SUPERVISED'] !== '1') return;
  const hurry = (): void => void worker.drain({ hurried: true });
  process.once('disconnect', hurry);
  if (process.connected === false) hurry(); // it went while our code was loaded
}

function exitCodeOf(fault: unknown): number {
  if (fault instanceof BadFlag) process.stderr.write(`${fault.message}\n\n${usage}`);
  else if (fault instanceof ProblemError) log('error', 'worker.refused', { code: fault.code, detail: fault.detail });
  else if (fault instanceof TransformsNotLoaded || fault instanceof FolderInUse || fault instanceof SandboxMissing)
    log('error', 'worker.not-started', { error: fault.message });
  else throw fault;
  return fault instanceof ProblemError ? 1 : 2;
}

closeInheritedFiles();
try {
  const flags = workerFlags(process.argv.slice(2), process.env);
  if (flags === null) process.stdout.write(usage);
  else await runWorker(flags);
  process.exit(0);
} catch (fault) {
  process.exit(exitCodeOf(fault));
}
