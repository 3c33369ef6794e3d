/**
 * Owns the batches that the engine has not settled yet, on disk, so that a worker's death loses no result.
 *
 * J1  A batch is on disk (fdatasync) before `append` answers, and so before it is reported first.
 * J2  Batches that come while the disk is busy share one write and one sync.
 * J3  A segment is deleted only when each of its batches is settled. Marks of settled batches spare a repeated report
 *     after a restart; losing one is harmless, since a report may be repeated.
 * J4  A line carries the CRC-32 of its rest. A broken line is skipped: only the last of a segment is ever half written.
 * J5  A disk that fails does not hold results back: `append` answers false, and they are reported from memory.
 *
 * Several workers of one process may share a journal; two processes never.
 */
import {
  chmodSync,
  closeSync,
  fdatasync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  write,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { FolderLock } from './folder-lock.js';
import type { WorkerLog } from './worker-log.js';

/** A batch as it was built once: for the disk and for every report of it. */
export interface JournalBatch {
  readonly batchId: string;
  /** The token of the session that held its attempts. */
  readonly token: string;
  /** The TerminalBatch as JSON text, without line breaks. */
  readonly text: string;
}

interface Segment {
  readonly path: string;
  readonly file: number;
  bytes: number;
  readonly open: Set<string>;
}

interface Waiting {
  batch: JournalBatch;
  done: (onDisk: boolean) => void;
}

const segmentBytesMax = 32 * 1024 * 1024;
const syncFile = promisify(fdatasync);
const writeFile = promisify<number, Buffer, number, number, number, number>(write);

export class Journal {
  private readonly segments: Segment[] = [];
  private readonly segmentOf = new Map<string, Segment>();
  private waiting: Waiting[] = [];
  private marks: string[] = [];
  private writing: Promise<void> | null = null;
  private made = 0;
  private failedAtMs: number | null = null;

  private constructor(
    private readonly folder: string,
    private readonly lock: FolderLock,
    private readonly log: WorkerLog,
    private leftovers: readonly JournalBatch[],
  ) {}

  /**
   * Opens the journal in `folder`, which is made when it is not there (mode 0700: it holds tokens).
   * @throws FolderInUse when another live process has it open
   */
  static open(folder: string, log: WorkerLog): Journal {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    const lock = FolderLock.take(folder);
    const found = readSegments(folder);
    if (found.broken > 0) log('warn', 'journal.broken-lines', { lines: found.broken, folder });
    const journal = new Journal(folder, lock, log, found.batches);
    journal.adopt(found);
    return journal;
  }

  /** Batches that are on disk and not settled. */
  get unsettled(): number {
    return this.segmentOf.size;
  }

  /** Milliseconds (performance.now) of the last write, when it failed; null while the disk is well. */
  get brokenSinceMs(): number | null {
    return this.failedAtMs;
  }

  /** Batches of an earlier worker that were not settled: to be reported again. Only the first caller gets them. */
  takeLeftovers(): readonly JournalBatch[] {
    const { leftovers } = this;
    this.leftovers = [];
    return leftovers;
  }

  /** @returns whether the batch is on disk (J5) */
  append(batch: JournalBatch): Promise<boolean> {
    return new Promise((done) => {
      this.waiting.push({ batch, done });
      this.writing ??= this.writeAll();
    });
  }

  /** The engine has committed the batch: it may be forgotten. */
  settled(batchId: string): void {
    const segment = this.segmentOf.get(batchId);
    if (segment === undefined) return;
    this.segmentOf.delete(batchId);
    segment.open.delete(batchId);
    this.marks.push(sealed('S', batchId));
    this.dropSettled();
  }

  /** Waits for what is being written. A journal without unsettled batches leaves no file behind. */
  async close(): Promise<void> {
    while (this.writing !== null) await this.writing;
    for (const segment of this.segments.splice(0)) {
      closeSync(segment.file);
      if (segment.open.size === 0) rmSync(segment.path, { force: true });
    }
    this.lock.release();
  }

  private async writeAll(): Promise<void> {
    while (this.waiting.length > 0) {
      const group = this.waiting;
      this.waiting = [];
      const onDisk = await this.writeGroup(group.map(({ batch }) => batch)); // J2
      for (const { done } of group) done(onDisk);
    }
    this.writing = null;
  }

  private async writeGroup(batches: readonly JournalBatch[]): Promise<boolean> {
    const lines = batches.map((batch) => sealed('B', `${batch.batchId} ${batch.token} ${batch.text}`));
    const bytes = Buffer.from([...this.marks.splice(0), ...lines].join(''), 'utf8');
    try {
      const segment = this.currentSegment();
      await writeWhole(segment, bytes);
      await syncFile(segment.file); // J1
      segment.bytes += bytes.length;
      for (const { batchId } of batches) this.enter(segment, batchId);
      this.failedAtMs = null;
      return true;
    } catch (fault) {
      if (this.failedAtMs === null) this.log('error', 'journal.failed', { folder: this.folder, error: String(fault) });
      this.failedAtMs = performance.now();
      return false; // J5
    }
  }

  private enter(segment: Segment, batchId: string): void {
    segment.open.add(batchId);
    this.segmentOf.set(batchId, segment);
  }

  private currentSegment(): Segment {
    const last = this.segments.at(-1);
    if (last !== undefined && last.bytes < segmentBytesMax) return last;
    const path = join(
      this.folder,
      `${String(Date.now()).padStart(15, '0')}-${String(++this.made).padStart(6, '0')}.journal`,
    );
    const segment: Segment = { path, file: openSync(path, 'wx', 0o600), bytes: 0, open: new Set() };
    this.segments.push(segment);
    return segment;
  }

  /** Deletes settled segments, but for the last one while it is small: it is written on. */
  private dropSettled(): void {
    for (const segment of this.segments.filter(({ open, bytes }) => open.size === 0 && bytes >= segmentBytesMax)) {
      if (this.writing !== null && segment === this.segments.at(-1)) continue;
      this.segments.splice(this.segments.indexOf(segment), 1);
      closeSync(segment.file);
      rmSync(segment.path, { force: true });
    }
  }

  /** Segments of the worker before: kept until their batches are settled, never written to. */
  private adopt(found: FoundSegments): void {
    for (const { path, batchIds } of found.segments) {
      if (batchIds.length === 0) rmSync(path, { force: true });
      else this.adoptSegment(path, batchIds);
    }
  }

  private adoptSegment(path: string, batchIds: readonly string[]): void {
    const segment: Segment = { path, file: openSync(path, 'r'), bytes: segmentBytesMax, open: new Set() };
    this.segments.push(segment);
    for (const batchId of batchIds) this.enter(segment, batchId);
  }
}

interface FoundSegments {
  segments: { path: string; batchIds: string[] }[];
  batches: JournalBatch[];
  broken: number;
}

function readSegments(folder: string): FoundSegments {
  const paths = readdirSync(folder)
    .filter((name) => name.endsWith('.journal'))
    .sort();
  const read = paths.map((name) => ({ path: join(folder, name), ...readSegment(join(folder, name)) }));
  const settled = new Set(read.flatMap((segment) => segment.settled));
  const segments = read.map(({ path, batches }) => ({ path, batches: batches.filter((b) => !settled.has(b.batchId)) }));
  return {
    segments: segments.map(({ path, batches }) => ({ path, batchIds: batches.map(({ batchId }) => batchId) })),
    batches: segments.flatMap(({ batches }) => batches),
    broken: read.reduce((sum, { broken }) => sum + broken, 0),
  };
}

function readSegment(path: string): { batches: JournalBatch[]; settled: string[]; broken: number } {
  const found = { batches: new Map<string, JournalBatch>(), settled: [] as string[], broken: 0 };
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line === '') continue;
    const [kind, rest] = unsealed(line);
    if (kind === 'B') enterBatch(found.batches, rest);
    else if (kind === 'S') found.settled.push(rest);
    else found.broken += 1; // J4
  }
  return { ...found, batches: [...found.batches.values()] };
}

function enterBatch(batches: Map<string, JournalBatch>, rest: string): void {
  const [batchId = '', token = ''] = rest.split(' ', 2);
  batches.set(batchId, { batchId, token, text: rest.slice(batchId.length + token.length + 2) });
}

const checksum = (text: string): string => crc32(text).toString(16).padStart(8, '0');

const sealed = (kind: 'B' | 'S', rest: string): string => `${kind} ${checksum(rest)} ${rest}\n`;

/** @returns the kind and what follows the checksum; an empty kind when the line is broken */
function unsealed(line: string): [kind: string, rest: string] {
  const rest = line.slice(11);
  return line.slice(2, 10) === checksum(rest) ? [line.slice(0, 1), rest] : ['', ''];
}

/** Writes at the segment's end as we know it, so that what a failed write left is written over. */
async function writeWhole(segment: Segment, bytes: Buffer): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += await writeFile(segment.file, bytes, done, bytes.length - done, segment.bytes + done);
  }
}
