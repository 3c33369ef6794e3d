import type { FilePage, FileRemoved, FileView } from '#contracts';
import type { HttpConnection, HttpRequest } from './http-connection.js';

/** Repeats what is safe to repeat for as long as a short outage of the server lasts. */
type Persevere = <T>(call: () => Promise<T>) => Promise<T>;

/** A file to be sent; `open` begins it anew. */
export interface SentFile {
  sha256: string;
  bytes: number;
  mediaType?: string;
  open: () => AsyncIterable<Uint8Array>;
}

/** Longest silence while a server makes sure of a large file. */
const keepMs = 120_000;

/** The part of a SluiceClient that is about files of spaces. Every method is safe to repeat. */
export class FileCalls {
  constructor(
    private readonly connection: HttpConnection,
    private readonly persevere: Persevere,
  ) {}

  /** Keeps a file; its bytes are not sent where the space has it. */
  put(space: string, { sha256, bytes, mediaType, open }: SentFile): Promise<FileView> {
    const headers = mediaType === undefined ? undefined : { 'content-type': mediaType };
    const path = filePath(space, sha256);
    return this.call({ method: 'PUT', path, headers, stream: { bytes, open }, timeoutMs: keepMs });
  }

  /** Its bytes as they come. They are checked by nobody: whoever needs them right counts and hashes them. */
  get(space: string, sha256: string): AsyncGenerator<Buffer> {
    return this.connection.stream({ method: 'GET', path: filePath(space, sha256), headers: { accept: '*/*' } });
  }

  page(space: string, { limit, cursor }: { limit: number; cursor?: string | null }): Promise<FilePage> {
    const behind = cursor === undefined || cursor === null ? '' : `&cursor=${cursor}`;
    return this.call({ method: 'GET', path: `${filesPath(space)}?limit=${limit}${behind}` });
  }

  /** All there are, newest first, page by page. */
  async *all(space: string): AsyncGenerator<FileView> {
    let cursor: string | null = null;
    do {
      const page: FilePage = await this.page(space, { limit: 500, cursor });
      yield* page.files;
      cursor = page.next;
    } while (cursor !== null);
  }

  remove(space: string, sha256: string, { dryRun }: { dryRun: boolean }): Promise<FileRemoved> {
    return this.call({ method: 'DELETE', path: `${filePath(space, sha256)}?dryRun=${dryRun}` });
  }

  private call<T>(request: HttpRequest): Promise<T> {
    return this.persevere(() => this.connection.json<T>(request));
  }
}

const filesPath = (space: string): string => `/api/v1/spaces/${encodeURIComponent(space)}/files`;
const filePath = (space: string, sha256: string): string => `${filesPath(space)}/${sha256}`;
