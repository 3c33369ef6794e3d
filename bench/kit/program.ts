import { spawn, type ChildProcess } from 'node:child_process';

/** A program of a peer: its output is kept, and it can be ended. */
export interface Program {
  /** Resolves with all of its standard output. Rejects when it fails. */
  output: Promise<string>;
  kill(): void;
}

export function runProgram(file: string, args: string[], options: { cwd: string; env: NodeJS.ProcessEnv }): Program {
  const child = spawn(process.execPath, [file, ...args], { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = outputOf(child, file);
  output.catch(() => undefined); // whoever awaits it later is told
  return { output, kill: () => child.kill('SIGKILL') };
}

function outputOf(child: ChildProcess, file: string): Promise<string> {
  let text = '';
  let errors = '';
  child.stdout?.on('data', (part: Buffer) => (text += part.toString()));
  child.stderr?.on('data', (part: Buffer) => (errors += part.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve(text) : reject(new Error(`${file} ended with ${String(code)}:\n${text}\n${errors}`)),
    );
  });
}

/** @throws Error naming the program's output when the pattern is not in it. */
export function numberIn(output: string, pattern: RegExp): number {
  const found = pattern.exec(output)?.[1];
  if (found === undefined) throw new Error(`${pattern.source} is not in:\n${output}`);
  return Number(found);
}
