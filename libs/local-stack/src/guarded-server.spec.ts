import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { GuardedServer } from './guarded-server.js';
import { LogFile } from './log-file.js';

/** Unlike any other's. */
const command = ['/bin/sleep', '61.23'] as const;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-guard-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function start(): GuardedServer {
  return new GuardedServer({
    command,
    signals: ['SIGTERM', 'SIGQUIT'],
    cwd: folder,
    env: process.env,
    log: new LogFile(folder, 'server'),
  });
}

function commandLines(): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .map(commandLine);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return ''; // it has just ended
  }
}

test('G3: a server that ends at its first signal leaves neither guard nor nap, however fast it ends', async () => {
  for (let round = 0; round < 20; round += 1) {
    const server = start();
    await sleep(20);
    await server.stop({ patienceSec: 47 });
  }
  await sleep(50);
  expect(commandLines().filter((line) => line.includes('sleep 47') || line.includes(command.join(' ')))).toEqual([]);
}, 30_000);
