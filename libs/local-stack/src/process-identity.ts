import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * When a process began, as the system tells it: with the pid it names one process for ever, since pids are used again.
 * @returns null when no such process runs (a zombie has ended).
 */
export function processStarted(pid: number): string | null {
  return process.platform === 'linux' ? startedFromProc(pid) : startedFromPs(pid);
}

/** True while exactly this process runs. */
export function isRunning(process: { pid: number; started: string }): boolean {
  return processStarted(process.pid) === process.started;
}

/** The command line of a process, '' when there is none or it may not be read. */
export function commandLineOf(pid: number): string {
  if (process.platform !== 'linux') return ps(pid, 'command=') ?? '';
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/** proc(5): the name in brackets may hold anything; after it come the state (field 3) and later the start time (22). */
function startedFromProc(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

function startedFromPs(pid: number): string | null {
  const state = ps(pid, 'state=');
  return state === null || state.startsWith('Z') ? null : ps(pid, 'lstart=');
}

function ps(pid: number, column: string): string | null {
  const result = spawnSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8', timeout: 5_000 });
  const text = result.status === 0 ? result.stdout.trim() : '';
  return text === '' ? null : text;
}
