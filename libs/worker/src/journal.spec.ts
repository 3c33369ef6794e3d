import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderInUse } from './folder-lock.js';
import { Journal, type JournalBatch } from './journal.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-journal-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const quiet = () => undefined;
const batch = (no: number): JournalBatch => ({
  batchId: `batch-${no}`,
  token: `token-${no}`,
  text: `{"no":${no},"say":"é \\n"}`,
});
const segments = () => readdirSync(folder).filter((name) => name.endsWith('.journal'));
const ids = (batches: readonly JournalBatch[]) => batches.map(({ batchId }) => batchId);

/** A journal whose process was killed: nothing is closed, only the lock is gone as a dead process's lock is. */
async function killedAfter(batches: number[], settled: number[] = []): Promise<void> {
  const journal = Journal.open(folder, quiet);
  for (const no of batches) await journal.append(batch(no));
  for (const no of settled) journal.settled(`batch-${no}`);
  const files = Object.fromEntries(segments().map((name) => [name, readFileSync(join(folder, name))]));
  await journal.close();
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
}

test('what was appended and not settled is there after a kill, word for word', async () => {
  await killedAfter([1, 2, 3]);
  const journal = Journal.open(folder, quiet);
  expect(journal.takeLeftovers()).toEqual([batch(1), batch(2), batch(3)]);
  expect(journal.takeLeftovers()).toEqual([]);
  await journal.close();
});

test('a settled batch is not there again once its mark was written with a later batch', async () => {
  const journal = Journal.open(folder, quiet);
  await journal.append(batch(1));
  journal.settled('batch-1');
  await journal.append(batch(2));
  await journal.close();
  expect(ids(Journal.open(folder, quiet).takeLeftovers())).toEqual(['batch-2']);
});

test('a tail cut at any byte loses only the batch that was being written', async () => {
  await killedAfter([1, 2]);
  const path = join(folder, segments()[0] ?? '');
  const whole = readFileSync(path);
  const lineBytes = whole.length / 2;
  for (let cut = 1; cut <= lineBytes; cut += 1) {
    writeFileSync(path, whole);
    truncateSync(path, whole.length - cut);
    const journal = Journal.open(folder, quiet);
    // Without its line break the last line is still whole.
    expect(ids(journal.takeLeftovers())).toEqual(cut === 1 ? ['batch-1', 'batch-2'] : ['batch-1']);
    await journal.close();
  }
});

test('garbage in the middle costs its own line only, and is told', async () => {
  await killedAfter([1]);
  appendFileSync(join(folder, segments()[0] ?? ''), 'B 00000000 batch-9 t {"torn":\n\0\0\0\n');
  const told: string[] = [];
  const journal = Journal.open(folder, (_level, event) => told.push(event));
  await journal.append(batch(2));
  await journal.close();
  expect(told).toEqual(['journal.broken-lines']);
  expect(ids(Journal.open(folder, quiet).takeLeftovers())).toEqual(['batch-1', 'batch-2']);
});

test('nothing is left on disk when all is settled, also of an earlier worker', async () => {
  await killedAfter([1, 2]);
  const journal = Journal.open(folder, quiet);
  await journal.append(batch(3));
  for (const no of [1, 2, 3]) journal.settled(`batch-${no}`);
  expect(journal.unsettled).toBe(0);
  await journal.close();
  expect(readdirSync(folder)).toEqual([]);
});

test('full segments are deleted as soon as their batches are settled', async () => {
  const journal = Journal.open(folder, quiet);
  const large = (no: number): JournalBatch => ({ ...batch(no), text: 'x'.repeat(9 * 1024 * 1024) });
  for (let no = 0; no < 12; no += 1) {
    await journal.append(large(no));
    if (no > 0) journal.settled(`batch-${no - 1}`);
  }
  expect(segments().length).toBeLessThanOrEqual(2);
  await journal.close();
});

test('batches appended together share a write, and each is answered', async () => {
  const journal = Journal.open(folder, quiet);
  const answers = await Promise.all(Array.from({ length: 200 }, (_, no) => journal.append(batch(no))));
  expect(answers.every(Boolean)).toBe(true);
  expect(journal.unsettled).toBe(200);
  await journal.close();
  expect(ids(Journal.open(folder, quiet).takeLeftovers())).toHaveLength(200);
});

test('a disk that fails is told once and holds nothing back', async () => {
  const told: string[] = [];
  const journal = Journal.open(folder, (_level, event) => told.push(event));
  rmSync(folder, { recursive: true });
  expect(await journal.append(batch(1))).toBe(false);
  expect(await journal.append(batch(2))).toBe(false);
  expect(journal.brokenSinceMs).not.toBeNull();
  expect(told).toEqual(['journal.failed']);
  await journal.close();
});

test('only its owner may read it: it holds tokens', async () => {
  await killedAfter([1]);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, segments()[0] ?? '')).mode & 0o777).toBe(0o600);
});

test('two workers cannot share a folder by mistake; what a dead one left is taken over', async () => {
  const first = Journal.open(folder, quiet);
  expect(() => Journal.open(folder, quiet)).toThrow(FolderInUse);
  await first.close();
  writeFileSync(join(folder, 'lock'), `${hostname()} ${process.ppid}`);
  expect(() => Journal.open(folder, quiet)).toThrow('in use by process');
  writeFileSync(join(folder, 'lock'), `${hostname()} 4194305`);
  await Journal.open(folder, quiet).close();
});
