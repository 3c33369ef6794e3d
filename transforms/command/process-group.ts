import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { isNativeError } from 'node:util/types';
import type { Launch } from './launch.js';
import type { JobGroup } from './limits/job-group.js';

/**
 * How a program ended: one of the two is set. Both are where a sandbox says 128 + n: whether the program was ended by
 * signal n or ended with that code itself, as shells do, is then not known.
 */
export interface ProgramEnd {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
}

/** A program that was started, and its end, which may have come already. */
export interface Program {
  /** Its process, and the group that it leads. */
  pid: number;
  ended: Promise<ProgramEnd>;
  /** Sends SIGTERM to the program and the processes of its group. */
  askToEnd(): void;
}

/**
 * Starts the program as leader of its own process group.
 * @param folder gets its output, in the files `stdout` and `stderr`
 * @throws NodeJS.ErrnoException when it cannot be started
 */
export function startProgram(launch: Launch, folder: string): Promise<Program> {
  return withOutputFiles(folder, (stdio) => spawned(launch, stdio));
}

/** Makes the files that a program's output goes to, for as long as it takes to start it. */
export async function withOutputFiles<T>(folder: string, start: (stdio: Stdio) => Promise<T>): Promise<T> {
  const stdout = await open(join(folder, 'stdout'), 'w');
  const stderr = await open(join(folder, 'stderr'), 'w');
  try {
    return await start(['ignore', stdout.fd, stderr.fd]);
  } finally {
    await Promise.all([stdout.close(), stderr.close()]);
  }
}

/** What a program gets as file descriptors 0, 1 and 2. */
export type Stdio = ('ignore' | number)[];

/** Listens for the end before anything is awaited: a short program ends while its files are being closed. */
async function spawned({ program, args, cwd, env }: Launch, stdio: Stdio): Promise<Program> {
  const child = spawn(program, args, { cwd, env: { ...env }, detached: true, stdio });
  const ended = new Promise<ProgramEnd>((resolve) => {
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
  });
  const { pid } = child;
  if (pid !== undefined) return { pid, ended, askToEnd: () => signalGroup(pid, 'SIGTERM') };
  throw await new Promise<Error>((resolve) => child.once('error', resolve));
}

/** Sends a signal to all that is left of a group. @returns whether anything was */
export function signalGroup(leader: number, signal: 'SIGTERM' | 'SIGKILL'): boolean {
  try {
    return process.kill(-leader, signal);
  } catch (fault) {
    if (!isGone(fault)) throw fault;
    return false;
  }
}

/** macOS answers EPERM for a group of which only the ended are left. */
function isGone(fault: unknown): boolean {
  return isNativeError(fault) && 'code' in fault && (fault.code === 'ESRCH' || fault.code === 'EPERM');
}

/** A program's process group as the only thing that holds its processes: for trials of programs that are ours. */
export const processGroup = ({ pid }: Program): Pick<JobGroup, 'kill'> => {
  return { kill: () => void signalGroup(pid, 'SIGKILL') };
};

/**
 * Waits for the program. When `signal` aborts, it is asked to end, and its whole group is ended after the grace time.
 * What it leaves behind is the group's to end.
 */
export async function programEnd(
  program: Program,
  group: Pick<JobGroup, 'kill'>,
  stop: { signal: AbortSignal; graceMs: () => number },
): Promise<ProgramEnd> {
  let killTimer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    program.askToEnd();
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
