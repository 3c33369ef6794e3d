import { execFileSync } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';

/** Where and on what a figure was measured: without it a figure is not written. */
export interface Machine {
  cpu: string;
  cores: number;
  memoryGib: number;
  node: string;
  /** Load averages over 1, 5 and 15 minutes before the first run. */
  load: number[];
  /** `-dirty` when tracked files differ from the commit. */
  commit: string;
  at: string;
}

export function describeMachine(): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    load: loadavg().map((load) => Number(load.toFixed(2))),
    commit: commitOf(),
    at: new Date().toISOString(),
  };
}

function commitOf(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty', '--abbrev=12'], {
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim();
  } catch {
    return 'unknown: no git here';
  }
}
