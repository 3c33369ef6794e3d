// Goal: files of the space that a job has as inputs stand in its folder before it starts, whatever happens on the way.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LeaseJob } from '#contracts';
import { defineTransform, z } from '#transform-sdk';
import { Journal } from './journal.js';
import { TrialGateway } from './trial-gateway.js';
import { Worker } from './worker.js';

const seen: Buffer[] = [];
/** Reads its inputs, then does the worst to them. */
const reads = defineTransform({
  name: 'reads',
  version: '1',
  params: z.unknown(),
  run: async (_params, ctx) => {
    const folder = await ctx.workFolder();
    for (const input of ctx.inputs) {
      const path = join(folder, typeof input === 'string' ? input : input.name);
      seen.push(readFileSync(path));
      chmodSync(path, 0o600);
      writeFileSync(path, 'spoilt');
    }
  },
});

let folder: string;
let gateway: TrialGateway;
let worker: Worker | null;
let journal: Journal | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-inputs-'));
  gateway = new TrialGateway({ heartbeatSec: 1 });
  worker = null;
  seen.length = 0;
});
afterEach(async () => {
  await worker?.drain();
  await journal?.close();
  await gateway.close();
  rmSync(folder, { recursive: true, force: true });
});

async function startWorker(cores = 4): Promise<void> {
  const url = await gateway.listen();
  journal = Journal.open(join(folder, 'journal'), () => undefined);
  worker = new Worker({
    ...{ url, poolToken: () => 'pool', site: 's', name: 'w', cores, memoryMib: 100, walltimeSec: null, tags: {} },
    ...{ transforms: [reads], workFolder: folder, keepFolders: 'failed', journal, sessionFile: null, graceMs: 200 },
    log: () => undefined,
  });
  await worker.start();
}

function keep(bytes: Buffer): string {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  gateway.files.set(sha256, bytes);
  return `sluice:sha256:${sha256}`;
}

function offer(jobs: (Partial<LeaseJob> & { ordinal: number })[]): void {
  gateway.offer({ transform: 'reads', space: 's', resources: { cores: 1, memoryMib: 1 } }, jobs);
}

async function until(reached: () => boolean): Promise<void> {
  for (const endMs = Date.now() + 20_000; !reached(); await new Promise((resolve) => setTimeout(resolve, 5))) {
    if (Date.now() > endMs) throw new Error(`not reached: ${JSON.stringify([...gateway.applied.values()])}`);
  }
}

test('inputs stand under their names, each job has its own copies, and a file comes once for all jobs', async () => {
  const bytes = randomBytes(300_000);
  const uri = keep(bytes);
  const files = { 'calib/flat.fits': { uri }, elsewhere: { uri: 's3://bucket/x' }, there: { uri, transfer: false } };
  offer(Array.from({ length: 20 }, (_, ordinal) => ({ ordinal, inputs: ['calib/flat.fits'], files })));
  await startWorker();
  await until(() => gateway.applied.size === 20);
  expect(gateway.ordinals('finished')).toHaveLength(20);
  expect(seen.every((each) => each.equals(bytes))).toBe(true);
  expect(gateway.requests.files).toBe(1);
});

test('a file that breaks off is gone on with from there', async () => {
  const bytes = randomBytes(500_000);
  gateway.fileBreaks = [100_000, 1, 200_000];
  offer([{ ordinal: 0, inputs: [{ name: 'a', uri: keep(bytes) }] }]);
  await startWorker();
  await until(() => gateway.applied.size === 1);
  expect(gateway.ordinals('finished')).toEqual([0]);
  expect(seen[0]?.equals(bytes)).toBe(true);
  expect(gateway.filesFrom).toHaveLength(4);
  expect([...gateway.filesFrom]).toEqual([...gateway.filesFrom].sort((a, b) => a - b));
});

test('a file that is gone fails its job with what to do, and no other', async () => {
  const uri = keep(Buffer.from('here'));
  offer([
    { ordinal: 0, inputs: [{ name: 'a', uri: `sluice:sha256:${'ab'.repeat(32)}` }] },
    { ordinal: 1, inputs: [{ name: 'a', uri }] },
  ]);
  await startWorker();
  await until(() => gateway.applied.size === 2);
  expect(gateway.applied.get('1:0:1')).toMatchObject({
    ...{ outcome: 'failed', reason: 'error' },
    message: expect.stringContaining('sluice file put'),
  });
  expect(gateway.ordinals('finished')).toEqual([1]);
});

test('a file that is not what it is called fails the attempt as the fault of the site', async () => {
  const sha256 = keep(Buffer.from('right')).slice(-64);
  gateway.files.set(sha256, Buffer.from('wrong'));
  offer([{ ordinal: 0, inputs: [{ name: 'a', uri: `sluice:sha256:${sha256}` }] }]);
  await startWorker();
  await until(() => gateway.applied.size === 1);
  expect([...gateway.applied.values()]).toMatchObject([{ outcome: 'failed', reason: 'site' }]);
});

test('a name that leads out of the folder is not obeyed, whoever says it', async () => {
  const uri = keep(Buffer.from('x'));
  const names = ['../out', '/tmp/out', 'a/../../out', 'stdout', ''];
  offer(names.map((name, ordinal) => ({ ordinal, inputs: [{ name, uri }] })));
  await startWorker();
  await until(() => gateway.applied.size === names.length);
  expect([...gateway.applied.values()].every(({ reason }) => reason === 'rejected')).toBe(true);
  expect(seen).toEqual([]);
});

test('a worker that drains while it fetches gives the job back unstarted', async () => {
  const uri = keep(randomBytes(100_000));
  gateway.fileBreaks = Array.from({ length: 1_000 }, () => 0);
  offer([{ ordinal: 0, inputs: [{ name: 'a', uri }] }]);
  await startWorker();
  await until(() => gateway.requests.files > 0);
  await worker?.drain();
  expect(gateway.ordinals('returned')).toEqual([0]);
  expect(readdirSync(join(folder, 'files', 'drafts'))).toEqual([]);
});
