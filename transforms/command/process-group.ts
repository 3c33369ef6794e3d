import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Launch } from './launch.js';
import type { JobGroup } from './limits/job-group.js';

/** How a program ended: one of the two is set. */
export interface ProgramEnd {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
}

/** A program that was started, and its end, which may have come already. */
export interface Program {
  /** Its process, and the group that it leads. */
  pid: number;
  ended: Promise<ProgramEnd>;
}

/**
 * Starts the program as leader of its own process group.
 * @param folder gets its output, in the files `stdout` and `stderr`
 * @throws NodeJS.ErrnoException when it cannot be started
 */
export async function startProgram(launch: Launch, folder: string): Promise<Program> {
  const stdout = await open(join(folder, 'stdout'), 'w');
  const stderr = await open(join(folder, 'stderr'), 'w');
  try {
    return await spawned(launch, ['ignore', stdout.fd, stderr.fd]);
  } finally {
    await Promise.all([stdout.close(), stderr.close()]);
  }
}

/** Listens for the end before anything is awaited: a short program ends while its files are being closed. */
async function spawned({ program, args, cwd, env }: Launch, stdio: ('ignore' | number)[]): Promise<Program> {
  const child = spawn(program, args, { cwd, env: { ...env }, detached: true, stdio });
  const ended = new Promise<ProgramEnd>((resolve) => {
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
  });
  if (child.pid !== undefined) return { pid: child.pid, ended };
  throw await new Promise<Error>((resolve) => child.once('error', resolve));
}

/**
 * Waits for the program. When `signal` aborts, its group is asked to end, and ended after the grace time. What it leaves
 * behind is the group's to end.
 */
export async function programEnd(
  program: Program,
  group: Pick<JobGroup, 'terminate' | 'kill'>,
  stop: { signal: AbortSignal; graceMs: () => number },
): Promise<ProgramEnd> {
  let killTimer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    group.terminate();
    killTimer = setTimeout(() => group.kill(), stop.graceMs());
  };
  if (stop.signal.aborted) onAbort();
  else stop.signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await program.ended;
  } finally {
    clearTimeout(killTimer);
    stop.signal.removeEventListener('abort', onAbort);
  }
}
