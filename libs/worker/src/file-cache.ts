/**
 * Owns the files of spaces that this worker has fetched: `<folder>/<space>/<checksum>`.
 *
 * C1  What stands under its checksum is whole and right: bytes are drafted, checked and forced to disk before they get their
 *     name. What a dead worker drafted is removed.
 * C2  Each file is brought once at a time. Who needs it meanwhile waits, and when that came to nothing tries by its own right.
 * C3  All together have at most so many bytes, the least recently used goes first; never one in use, so a file larger than
 *     all that stays until it is not used any more.
 * C4  The same bytes of two spaces are two files: what one space has, another does not learn from here.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, utimes, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

export interface CachedPlace {
  space: string;
  sha256: string;
}

/** What a file is drafted in. */
export interface FileDraft {
  /** Bytes so far. */
  readonly bytes: number;
  append(piece: Uint8Array): Promise<void>;
  /** Begins anew. */
  clear(): Promise<void>;
}

/** Brings a file into a draft. */
export type BringFile = (draft: FileDraft) => Promise<void>;

/** What came is another file than was asked for. */
export class WrongBytes extends Error {
  override readonly name = 'WrongBytes';
}

interface Cached {
  readonly bytes: number;
  users: number;
}

export class FileCache {
  /** By path, the least recently used first. */
  private readonly files = new Map<string, Cached>();
  private readonly coming = new Map<string, Promise<Cached>>();
  private bytes = 0;
  private found: Promise<void> | null = null;

  constructor(
    private readonly folder: string,
    private readonly bytesMax: number,
  ) {}

  /** Little room is left: bringing files ahead would push others out. */
  get isCrowded(): boolean {
    return this.bytes > this.bytesMax * 0.75;
  }

  /**
   * Lets `take` read a file, which is brought first where it is not there.
   * @throws what `bring` or `take` throws; WrongBytes; the signal's reason; faults of the disk
   */
  async use(
    place: CachedPlace,
    { bring, take, signal }: { bring: BringFile; take: (path: string) => Promise<void>; signal: AbortSignal },
  ): Promise<void> {
    await (this.found ??= this.findEarlier());
    const path = this.pathOf(place);
    const file = await this.held(path, place, bring, signal);
    try {
      await take(path);
    } finally {
      file.users -= 1;
      await this.trim();
    }
  }

  /** C2. @returns the file, with one user more */
  private async held(path: string, place: CachedPlace, bring: BringFile, signal: AbortSignal): Promise<Cached> {
    for (;;) {
      signal.throwIfAborted();
      const known = this.files.get(path);
      if (known) {
        this.touch(path, known);
        return known;
      }
      const coming = this.coming.get(path);
      if (!coming) return this.brought(path, place, bring);
      await orAborted(coming, signal).catch(() => undefined);
    }
  }

  private brought(path: string, place: CachedPlace, bring: BringFile): Promise<Cached> {
    const coming = this.bring(path, place, bring).finally(() => this.coming.delete(path));
    this.coming.set(path, coming);
    return coming;
  }

  /** C1 */
  private async bring(path: string, { sha256 }: CachedPlace, bring: BringFile): Promise<Cached> {
    const drafts = join(this.folder, 'drafts');
    await mkdir(drafts, { recursive: true, mode: 0o700 });
    const draftPath = join(drafts, randomUUID());
    const draft = new OpenDraft(await open(draftPath, 'wx', 0o400));
    try {
      await bring(draft);
      if (draft.sha256() !== sha256) throw new WrongBytes(`what came is not the file ${sha256}`);
      await draft.file.sync();
      await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
      await rename(draftPath, path);
    } catch (fault) {
      await rm(draftPath, { force: true });
      throw fault;
    } finally {
      await draft.file.close();
    }
    const cached = { bytes: draft.bytes, users: 1 };
    this.files.set(path, cached);
    this.bytes += cached.bytes;
    return cached;
  }

  private touch(path: string, file: Cached): void {
    file.users += 1;
    this.files.delete(path);
    this.files.set(path, file);
    const now = new Date();
    void utimes(path, now, now).catch(() => undefined); // for the worker after this one
  }

  /** C3 */
  private async trim(): Promise<void> {
    for (const [path, file] of this.files) {
      if (this.bytes <= this.bytesMax) return;
      if (file.users > 0) continue;
      this.files.delete(path);
      this.bytes -= file.bytes;
      await rm(path, { force: true });
    }
  }

  /** C1 */
  private async findEarlier(): Promise<void> {
    await rm(join(this.folder, 'drafts'), { recursive: true, force: true });
    const found: { path: string; bytes: number; usedAtMs: number }[] = [];
    for (const space of await namesIn(this.folder)) {
      for (const sha256 of await namesIn(join(this.folder, space))) {
        const path = join(this.folder, space, sha256);
        const { size, mtimeMs } = await stat(path);
        found.push({ path, bytes: size, usedAtMs: mtimeMs });
      }
    }
    found.sort((a, b) => a.usedAtMs - b.usedAtMs);
    for (const { path, bytes } of found) {
      this.files.set(path, { bytes, users: 0 });
      this.bytes += bytes;
    }
    await this.trim();
  }

  private pathOf({ space, sha256 }: CachedPlace): string {
    return join(this.folder, createHash('sha256').update(space).digest('hex').slice(0, 32), sha256);
  }
}

class OpenDraft implements FileDraft {
  bytes = 0;
  private hash = createHash('sha256');

  constructor(readonly file: FileHandle) {}

  async append(piece: Uint8Array): Promise<void> {
    this.hash.update(piece);
    for (let at = 0; at < piece.length;) {
      const { bytesWritten } = await this.file.write(piece, at, piece.length - at, this.bytes);
      at += bytesWritten;
      this.bytes += bytesWritten;
    }
  }

  async clear(): Promise<void> {
    await this.file.truncate(0);
    this.hash = createHash('sha256');
    this.bytes = 0;
  }

  sha256(): string {
    return this.hash.digest('hex');
  }
}

const namesIn = (path: string): Promise<string[]> => readdir(path).catch(() => []);

/** @throws the signal's reason as soon as it is aborted */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
