/**
 * Owns a program that runs under bubblewrap: how it is started, asked to end, and how its end is told.
 *
 * B1 bubblewrap gets an empty environment, and its options through a pipe: a job's variables are in no process's
 *    arguments, and none of them (LD_PRELOAD) is there before the sandbox is.
 * B2 Whether the program was started at all is told by bubblewrap's own status, which the program cannot write.
 * B3 When `ended` resolves, no process of the sandbox is left: they share a process namespace, which ends as a whole.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandLine } from '../command-line.js';
import type { Launch } from '../launch.js';
import { signalGroup, withOutputFiles, type Program, type ProgramEnd } from '../process-group.js';
import { seccompFilter } from './seccomp.js';

/** bubblewrap ended without having started the program; its words are on the attempt's stderr. */
export class NotStarted extends Error {
  override readonly name = 'NotStarted';
}

/** File descriptors of bubblewrap. */
const fd = { options: 3, status: 4, seccomp: 5 } as const;
/** A process that was sent SIGKILL is gone within this, unless the kernel holds it. */
const goneMsMax = 1_000;

const filter = seccompFilter();

/**
 * Starts a program in a sandbox; its output goes to the files `stdout` and `stderr` in `folder`.
 * @param sandbox bubblewrap's path, the options of this attempt, and what wraps bubblewrap itself
 * @returns a program whose `ended` rejects with NotStarted when bubblewrap could not start it
 * @throws NodeJS.ErrnoException when bubblewrap itself cannot be started
 */
export function startSandboxed(
  line: CommandLine,
  sandbox: { bwrap: string; options: readonly string[]; wrap: (launch: Launch) => Launch },
  folder: string,
): Promise<Program> {
  return withOutputFiles(folder, async (stdio) => {
    const args = [...ownArguments(), '--', line.program, ...line.args];
    const launch = sandbox.wrap({ program: sandbox.bwrap, args, cwd: '/', env: {} }); // B1
    const child = spawn(launch.program, launch.args, {
      cwd: launch.cwd,
      env: { ...launch.env },
      detached: true,
      stdio: [...stdio, 'pipe', 'pipe', ...(filter === null ? [] : ['pipe' as const])],
    });
    const pipes: readonly unknown[] = child.stdio;
    const { pid } = child;
    if (pid === undefined) throw await new Promise<Error>((resolve) => child.once('error', resolve));
    const closed = new Promise<ProgramEnd>((resolve) => {
      child.once('close', (exitCode, signal) => resolve({ exitCode, signal }));
    });
    send(pipes[fd.options], sandbox.options.map((option) => `${option}\0`).join(''));
    if (filter !== null) send(pipes[fd.seccomp], filter);
    const status = new Status(pipes[fd.status] as Readable);
    return {
      pid,
      ended: closed.then((end) => endOf(end, status)),
      // The program leads no group of bubblewrap's: that would end, and take the sandbox along, at once.
      askToEnd: () => (status.init !== null && signalGroup(status.init, 'SIGTERM')) || signalGroup(pid, 'SIGTERM'),
    };
  });
}

const ownArguments = (): string[] => [
  ...['--args', String(fd.options), '--json-status-fd', String(fd.status)],
  ...(filter === null ? [] : ['--seccomp', String(fd.seccomp)]),
];

/** A bubblewrap that has ended reads no more: its end tells why. */
function send(pipe: unknown, bytes: string | Buffer): void {
  const writable = pipe as Writable;
  writable.on('error', () => undefined);
  writable.end(bytes);
}

async function endOf(end: ProgramEnd, status: Status): Promise<ProgramEnd> {
  await allGone(status.init);
  if (end.signal !== null) return end;
  if (status.exitCode === null) throw new NotStarted(`bubblewrap ended with exit code ${end.exitCode}`); // B2
  return { exitCode: status.exitCode, signal: signalOf(status.exitCode) };
}

/**
 * B3: bubblewrap may end a moment before the first process of its namespace. That one becomes a zombie, or is gone, only
 * when the kernel has ended and taken away all others of the namespace.
 */
async function allGone(init: number | null): Promise<void> {
  const endMs = performance.now() + goneMsMax;
  while (init !== null && isThere(init) && performance.now() < endMs) await sleep(1);
}

/** The state follows the name, which may hold brackets, in /proc/PID/stat. */
function isThere(pid: number): boolean {
  try {
    return !/\) [ZX] [^)]*$/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

const signalNames = new Map(
  Object.entries(constants.signals).map(([name, number]) => [number, name as NodeJS.Signals]),
);

const signalOf = (exitCode: number): NodeJS.Signals | null => signalNames.get(exitCode - 128) ?? null;

/** What bubblewrap says of itself: JSON objects, one a line. */
class Status {
  /** The first process of the sandbox, by its number outside. It leads the program's group and session. */
  init: number | null = null;
  /** Set when the program was started and has ended. */
  exitCode: number | null = null;
  private text = '';

  constructor(pipe: Readable) {
    pipe.setEncoding('utf8').on('data', (text: string) => this.read(text));
    pipe.on('error', () => undefined);
  }

  private read(text: string): void {
    this.text += text;
    this.init ??= numberOf('child-pid', this.text);
    this.exitCode ??= numberOf('exit-code', this.text);
  }
}

function numberOf(key: string, text: string): number | null {
  const found = new RegExp(`"${key}": (\\d+)[ ,}]`).exec(text)?.[1];
  return found === undefined ? null : Number(found);
}
