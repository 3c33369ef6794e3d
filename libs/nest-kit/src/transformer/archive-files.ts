import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { ArchiveFolder } from '#engine';

/** Files of archived workflows, a folder each. Those named `.gz` are compressed. */
export class ArchiveFiles implements ArchiveFolder {
  /** @param place an absolute path; several transformers need one that all of them see */
  constructor(private readonly place: string) {}

  /** Under another name until every byte is on disk: a folder with its right name is whole. */
  async write(name: string, files: Readonly<Record<string, AsyncIterable<string>>>): Promise<string> {
    const whole = join(this.place, name);
    const partial = join(this.place, `.${name}.${randomBytes(6).toString('hex')}`);
    await mkdir(partial, { recursive: true, mode: 0o700 });
    try {
      for (const [file, lines] of Object.entries(files)) await writeFile(join(partial, file), lines);
      await syncFolder(partial);
      await rm(whole, { recursive: true, force: true });
      await rename(partial, whole);
    } catch (cause) {
      await rm(partial, { recursive: true, force: true });
      throw cause;
    }
    await syncFolder(this.place);
    return whole;
  }

  async remove(name: string): Promise<void> {
    await rm(join(this.place, name), { recursive: true, force: true });
  }
}

async function writeFile(path: string, lines: AsyncIterable<string>): Promise<void> {
  const source = Readable.from(lines);
  const file = createWriteStream(path, { mode: 0o600, flush: true });
  await (path.endsWith('.gz') ? pipeline(source, createGzip(), file) : pipeline(source, file));
}

/** A file's name is on disk when its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
