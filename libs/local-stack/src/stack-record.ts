import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning } from './process-identity.js';
import { readFileOrNull, writePrivateFile } from './private-file.js';
import type { StackRecord } from './stack-contract.js';

/** The running stack of a state folder, or null when none runs: what a killed supervisor left does not count. */
export function readStack(stateDir: string): StackRecord | null {
  const text = readFileOrNull(recordFile(stateDir));
  if (text === null) return null;
  const record = JSON.parse(text) as StackRecord;
  return isRunning({ pid: record.pid, started: record.pidStarted }) ? record : null;
}

/** Only the supervisor that holds the launch lock writes the record. */
export function writeStack(stateDir: string, record: StackRecord): void {
  writePrivateFile(recordFile(stateDir), `${JSON.stringify(record, null, 2)}\n`);
}

export function removeStack(stateDir: string): void {
  rmSync(recordFile(stateDir), { force: true });
}

function recordFile(stateDir: string): string {
  return join(stateDir, 'stack.json');
}
