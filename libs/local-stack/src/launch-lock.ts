import { mkdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, processStarted } from './process-identity.js';
import { readFileOrNull, writePrivateFile } from './private-file.js';
import { StackFault } from './stack-contract.js';

/** Held while the lock's file is read and written: a few microseconds, so one this old was left by a killed process. */
const mutexMsMax = 10_000;
const mutexTriesMax = 2_000;

/** One supervisor for a state folder: a file that names its process. A dead owner's lock is free. */
export class LaunchLock {
  private constructor(private readonly file: string) {}

  /** @returns null when another process that still runs has it. */
  static async take(stateDir: string): Promise<LaunchLock | null> {
    const file = join(stateDir, 'stack.lock');
    return withMutex(`${file}.mutex`, () => {
      const owner = readOwner(file);
      if (owner !== null && isRunning(owner)) return null;
      writePrivateFile(file, JSON.stringify({ pid: process.pid, started: processStarted(process.pid) }));
      return new LaunchLock(file);
    });
  }

  release(): void {
    rmSync(this.file, { force: true });
  }
}

function readOwner(file: string): { pid: number; started: string } | null {
  const text = readFileOrNull(file);
  return text === null ? null : (JSON.parse(text) as { pid: number; started: string });
}

/** A folder can be made by one process only, on every file system. */
async function withMutex<T>(folder: string, work: () => T): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      mkdirSync(folder);
      break;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
      if (attempt === mutexTriesMax)
        throw new StackFault(`${folder} does not go away. If no sluice is starting, remove it.`);
    }
    removeIfOld(folder);
    await sleep(10);
  }
  try {
    return work();
  } finally {
    rmdirSync(folder);
  }
}

function removeIfOld(folder: string): void {
  try {
    if (Date.now() - statSync(folder).mtimeMs > mutexMsMax) rmdirSync(folder);
  } catch {
    return; // its owner was quicker
  }
}
