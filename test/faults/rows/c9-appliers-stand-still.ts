import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { plainDocument } from '../trial-document.js';
import { harmRow } from './harm-rows.js';

const stillMs = 12_000;
const jobs = 3_000;
const grownMibMax = 150;

export const c9 = harmRow({
  id: 'C9',
  title: 'both appliers stand still: what waits for them costs no memory elsewhere',
  shape: { transformers: 2 },
  harm: async (trial) => {
    const { stack } = trial;
    const appliers = ['transformer-1', 'transformer-2'].map((name) => stack.service(name));
    await trial.load.submit(plainDocument('many', jobs, 'quick'));
    const before = residentMib(stack.service('gateway-1').pid);
    for (const { pid } of appliers) process.kill(pid, 'SIGSTOP');
    await sleep(stillMs);
    const grown = residentMib(stack.service('gateway-1').pid) - before;
    for (const { pid } of appliers) process.kill(pid, 'SIGCONT');
    trial.figures.set('gateway grew by MiB', grown);
    if (grown > grownMibMax) throw new Error(`the gateway grew by ${grown} MiB`);
  },
});

function residentMib(pid: number): number {
  const [, kib = '0'] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) / 1_024;
}
