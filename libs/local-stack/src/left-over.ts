import { setTimeout as sleep } from 'node:timers/promises';
import { commandLineOf, isRunning, processStarted } from './process-identity.js';
import { StackFault } from './stack-contract.js';

export interface LeftOver {
  pid: number;
  /** Part of its command line: without it the pid belongs to somebody else, and is left alone. */
  mark: string;
  signals: readonly [first: NodeJS.Signals, second: NodeJS.Signals];
}

/** How long each signal may take. */
const patienceMs = 5_000;

/**
 * Ends a server that outlived its supervisor, if it is still there.
 * @throws StackFault when it does not go, or belongs to a user whose processes we may not end.
 */
export async function stopLeftOver(leftOver: LeftOver): Promise<void> {
  const started = processStarted(leftOver.pid);
  if (started === null || !commandLineOf(leftOver.pid).includes(leftOver.mark)) return;
  for (const signal of leftOver.signals) {
    if (await endsWithin({ pid: leftOver.pid, started }, signal)) return;
  }
  throw new StackFault(
    `process ${leftOver.pid} of an earlier start still uses ${leftOver.mark} and does not end. Stop it by hand: kill -9 ${leftOver.pid}`,
  );
}

async function endsWithin(target: { pid: number; started: string }, signal: NodeJS.Signals): Promise<boolean> {
  try {
    process.kill(target.pid, signal);
  } catch {
    return !isRunning(target); // it is gone already, or not ours to end
  }
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += 50) {
    if (!isRunning(target)) return true;
    await sleep(50);
  }
  return false;
}
