/**
 * How many noop jobs one worker does in a second against a gateway in memory, in another process: no engine, no
 * PostgreSQL, but HTTP, leases, reports and the journal's fsync. Usage: node dist/bench/worker-floor.js [JOBS]
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transforms } from '#transforms';
import { Journal, TrialGateway, Worker } from '#worker';

const jobs = Number(process.argv[2] ?? 200_000);

async function gatewayProcess(): Promise<void> {
  const gateway = new TrialGateway();
  gateway.keepEvents = false;
  gateway.offer(
    {},
    Array.from({ length: jobs }, (_, ordinal) => ({ ordinal })),
  );
  process.send?.(await gateway.listen());
  process.once('disconnect', () => process.exit(0));
}

async function workerProcess(): Promise<void> {
  const child = fork(fileURLToPath(import.meta.url), [String(jobs), 'gateway']);
  const [url] = (await once(child, 'message')) as [string];
  const folder = mkdtempSync(join(tmpdir(), 'sluice-worker-floor-'));
  const journal = Journal.open(join(folder, 'journal'), () => undefined);
  const worker = new Worker({
    ...{ url, poolToken: () => 'pool', site: 'bench', name: 'floor', cores: 2, memoryMib: 8_192, walltimeSec: null },
    ...{
      tags: {},
      transforms,
      workFolder: folder,
      keepFolders: 'none',
      journal,
      sessionFile: null,
      graceMs: 1_000,
      log: () => undefined,
    },
  });
  const startedMs = performance.now();
  const cpu = process.cpuUsage();
  await worker.start();
  while (worker.counts.applied < jobs) await new Promise((resolve) => setTimeout(resolve, 5));
  const sec = (performance.now() - startedMs) / 1_000;
  const used = process.cpuUsage(cpu);
  const cpuSec = (used.user + used.system) / 1e6;
  console.log(JSON.stringify({ jobs, sec, jobsPerSec: Math.round(jobs / sec), cpuUsPerJob: (cpuSec * 1e6) / jobs }));
  await worker.drain();
  await journal.close();
  rmSync(folder, { recursive: true, force: true });
  child.disconnect();
}

await (process.argv[3] === 'gateway' ? gatewayProcess() : workerProcess());
