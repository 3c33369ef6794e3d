import { spawn, type ChildProcess } from 'node:child_process';
import { usageOf } from './process-usage.js';

/** A program that runs to its end: its output is kept, and it can be ended. */
export interface Program {
  /** Resolves with all of its standard output. Rejects when it fails. */
  output: Promise<string>;
  /** The most resident memory seen so far, in MiB. */
  peakRssMib(): number;
  kill(): void;
}

const lookMs = 25;

export function runProgram(file: string, args: string[], options: { cwd: string; env: NodeJS.ProcessEnv }): Program {
  const child = spawn(process.execPath, [file, ...args], { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = outputOf(child, file);
  output.catch(() => undefined); // whoever awaits it later is told
  let peakRssMib = 0;
  const look = setInterval(() => (peakRssMib = Math.max(peakRssMib, usageOf(child.pid ?? 0).peakRssMib)), lookMs);
  child.once('close', () => clearInterval(look));
  return { output, peakRssMib: () => peakRssMib, kill: () => child.kill('SIGKILL') };
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
