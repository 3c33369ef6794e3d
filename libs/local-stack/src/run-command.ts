import { spawn } from 'node:child_process';

export interface CommandOptions {
  /** Killed after this; `code` is then null. */
  timeoutMs: number;
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Run as this user; only root can. */
  user?: { uid: number; gid: number };
  signal?: AbortSignal;
}

export interface CommandResult {
  /** Exit code; null when it could not be run, was killed or took too long. */
  code: number | null;
  stdout: string;
  /** What it said on stderr, or why it could not be run. */
  stderr: string;
}

/** No command of ours has more to say than this. */
const outputCharsMax = 1_000_000;

/** Runs a command to its end. Never throws: a command that is not there has code null and says so in stderr. */
export function runCommand(file: string, args: readonly string[], options: CommandOptions): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: options.cwd,
      env: options.env,
      signal: options.signal,
      ...options.user,
    });
    // Not spawn's own timeout: it goes on for a command that could not be run, and keeps us alive.
    const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs);
    const answer = (result: CommandResult) => {
      clearTimeout(timer);
      resolve(result);
    };
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout = (stdout + text).slice(-outputCharsMax)));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-outputCharsMax)));
    child.on('error', (cause) => answer({ code: null, stdout, stderr: cause.message }));
    child.on('close', (code) => answer({ code, stdout, stderr }));
  });
}
