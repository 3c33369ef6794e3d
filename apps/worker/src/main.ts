/**
 * One worker process: reads flags, loads transforms, runs a Worker until it has drained. Exit codes: 0 drained,
 * 1 the gateway refused it, 2 flags, transforms or work folder cannot be used.
 */
import { join } from 'node:path';
import { ProblemError } from '#client';
import { transforms } from '#transforms';
import {
  FolderInUse,
  Journal,
  SessionFile,
  TransformsNotLoaded,
  Worker,
  allTransforms,
  loadTransforms,
  type WorkerLog,
} from '#worker';
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
  const worker = new Worker({
    ...flags,
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
  else if (fault instanceof TransformsNotLoaded || fault instanceof FolderInUse)
    log('error', 'worker.not-started', { error: fault.message });
  else throw fault;
  return fault instanceof ProblemError ? 1 : 2;
}

try {
  const flags = workerFlags(process.argv.slice(2), process.env);
  if (flags === null) process.stdout.write(usage);
  else await runWorker(flags);
  process.exit(0);
} catch (fault) {
  process.exit(exitCodeOf(fault));
}
