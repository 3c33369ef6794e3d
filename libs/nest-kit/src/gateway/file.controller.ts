import type { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Delete, Get, Inject, Logger, Param, Put, Query, Req, Res } from '@nestjs/common';
import {
  FileChecksum,
  type FilePage,
  FileQuery,
  FileRef,
  type FileRemoved,
  FileRemoveQuery,
  type FileRoom,
  type FileView,
} from '#contracts';
import { FileDiffers, type FilePlace, type FilePorts, FileStoreFull, keepFile, removeFile } from '#engine';
import { HTTP_CONFIGURATION } from '../config/config.module.js';
import type { HttpConfiguration } from '../config/configuration.js';
import { type Access, Asker } from '../http/access.js';
import { answerFile } from '../http/answer-file.js';
import { waitsToSend } from '../http/before-body.js';
import { mayBeLong } from '../http/body-watch.js';
import { queryAs } from '../http/json-body.js';
import { Allows, whoMay } from '../http/policies.js';
import { Refusal, refusals } from '../http/refusal.js';
import { OffersAnything } from '../http/request.guard.js';
import { Turnstile } from '../http/turnstile.js';
import { FILE_PORTS } from './stores.js';
import { UploadDoor } from './upload-door.js';

/** Uploads at once; each holds a few pieces of its file, and a line to the store. */
const uploadsAtOnce = { insideMax: 32, lineMax: 256 } as const;
/** `type/subtype` with its parameters, as a header carries it. */
const mediaTypeShape = /^[\w!#$&^.+-]{1,100}\/[\w!#$&^.+-]{1,100}(?:\s*;[\x20-\x7e]{0,200})?$/;
const usualType = 'application/octet-stream';

/** Files of spaces, by checksum. */
@Allows(whoMay('read', 'address'))
@Controller('api/v1/spaces/:space/files')
export class FileController {
  private readonly logger = new Logger('files');
  private readonly turnstile = new Turnstile(uploadsAtOnce);

  constructor(
    @Inject(FILE_PORTS) private readonly given: FilePorts | null,
    @Inject(HTTP_CONFIGURATION) private readonly http: HttpConfiguration,
    private readonly door: UploadDoor,
  ) {}

  @Get()
  async list(@Param('space') space: string, @Query() query: unknown): Promise<FilePage> {
    const { limit, cursor } = queryAs(FileQuery, query);
    if (cursor !== undefined && !/^\d{1,18}$/.test(cursor))
      throw refusals.badRequest('query/cursor', 'the cursor is not one that a page of this list gave');
    const { ledger } = this.ports();
    const { files, last } = await ledger.page(space, { before: cursor ?? null, rows: limit });
    return { files, next: files.length < limit ? null : last, use: await ledger.use(space) };
  }

  @Put(':sha256')
  @Allows(whoMay('submit', 'address'))
  async keep(
    @Param() at: unknown,
    @Req() request: IncomingMessage,
    @Res({ passthrough: true }) response: ServerResponse,
    @Asker() asker: Access,
  ): Promise<FileView> {
    const place = placeOf(at);
    const ports = this.ports();
    await this.door.mayOpen(asker, place.space);
    const { issuer, subject } = asker.caller;
    const creator = { issuer, subject };
    const file = { ...place, bytes: this.bytesOf(request), mediaType: mediaTypeOf(request), creator };
    mayBeLong(request);
    const waits = waitsToSend(request);
    const body = bodyOf(request, () => waits && response.writeContinue());
    const kept = await this.turnstile
      .pass(() => keepFile(ports, file, body, { known: waits ? 'skip' : 'check' }))
      .catch(refuse);
    if (kept.kind === 'kept') return kept.file;
    throw noRoom(kept, file.bytes);
  }

  @Get(':sha256')
  @OffersAnything()
  async give(@Param() at: unknown, @Res() response: ServerResponse): Promise<void> {
    const place = placeOf(at);
    const { files, ledger } = this.ports();
    const file = await ledger.find(place);
    if (!file) throw noFile(place);
    await ledger.used(place);
    const isThere = await answerFile(response, file, (range) => files.read(place, range)).catch((fault: Error) => {
      if (!response.headersSent) throw fault;
      if (!isLeft(fault)) this.logger.error(`file ${place.sha256} was cut`, fault);
      return true;
    });
    if (isThere) return;
    this.logger.error(`file ${place.sha256} is in the books, and not in the store`, { space: place.space });
    throw noFile(place);
  }

  @Delete(':sha256')
  @Allows(whoMay('operate', 'address'))
  async remove(@Param() at: unknown, @Query() query: unknown): Promise<FileRemoved> {
    const place = placeOf(at);
    const dryRun = queryAs(FileRemoveQuery, query).dryRun === 'true';
    const ports = this.ports();
    const file = dryRun ? await ports.ledger.find(place) : await removeFile(ports, place);
    if (file) return { dryRun, file };
    throw noFile(place);
  }

  private ports(): FilePorts {
    if (this.given) return this.given;
    throw new Refusal({
      status: 404,
      code: 'file/no-store',
      title: 'No files are kept here',
      detail: 'this server has no file store',
      remedy: 'its operator sets SLUICE_FILE_STORE',
    });
  }

  /** Announced, so that its room is taken before a byte is read. */
  private bytesOf({ headers }: IncomingMessage): number {
    const length = headers['content-length'];
    if (length === undefined || !/^\d{1,15}$/.test(length)) throw noLength();
    if ((headers['content-encoding'] ?? 'identity') !== 'identity') throw refusals.contentType(['not compressed']);
    const bytesMax = this.http.files?.bytesMax ?? 0;
    if (Number(length) > bytesMax) throw refusals.tooLarge('the file', bytesMax);
    return Number(length);
  }
}

/** @param onBegin is called before the first byte is read */
async function* bodyOf(request: IncomingMessage, onBegin: () => void): AsyncGenerator<Buffer> {
  onBegin();
  // Not destroyed on an early end: the refusal goes out on the same connection.
  yield* request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
}

function placeOf(at: unknown): FilePlace {
  const read = FileRef.safeParse(at);
  if (read.success) return read.data;
  const isChecksum = FileChecksum.safeParse((at as { sha256?: unknown }).sha256).success;
  throw isChecksum
    ? refusals.badRequest('file/space', 'a space has a name of 1 to 4,000 visible characters')
    : refusals.badRequest('file/checksum', 'a file is named by its SHA-256: 64 hexadecimal digits in lower case');
}

function mediaTypeOf({ headers }: IncomingMessage): string {
  const type = headers['content-type']?.trim() ?? '';
  if (type === '') return usualType;
  if (mediaTypeShape.test(type)) return type;
  throw refusals.contentType(['`type/subtype`']);
}

/** What became of an upload, in words; faults that may pass are told elsewhere. */
function refuse(fault: unknown): never {
  if (fault instanceof FileDiffers) throw differs(fault);
  if (fault instanceof FileStoreFull) throw storeFull(fault);
  throw fault;
}

const differs = ({ announced, came }: FileDiffers): Refusal =>
  new Refusal({
    status: 422,
    code: 'file/differs',
    title: 'Not the file that was announced',
    detail:
      came.sha256 === null
        ? `${came.bytes} bytes came in place of ${announced.bytes}`
        : `the SHA-256 of what came is ${came.sha256}`,
    remedy: 'nothing was kept: send the file again, under the checksum that it has now',
  });

const storeFull = ({ message }: FileStoreFull): Refusal =>
  new Refusal({
    status: 507,
    code: 'file/store-full',
    title: 'No room left',
    detail: `${message}; nothing was kept`,
    remedy: 'an operator makes room, or removes files',
  });

const noRoom = ({ quota, use }: { quota: 'space' | 'user'; use: FileRoom }, bytes: number): Refusal =>
  new Refusal({
    status: 403,
    code: 'quota/file-bytes',
    title: 'No room in the quota',
    detail: `the ${quota} may keep ${use.bytesMax ?? 0} bytes and has ${use.bytes}: there is no room for ${bytes} more`,
    remedy: 'remove files that nobody needs (`sluice file ls`, `sluice file rm`), or ask for a larger quota',
  });

const noLength = (): Refusal =>
  new Refusal({
    status: 411,
    code: 'file/length',
    title: 'Length required',
    detail: 'a file comes with its Content-Length',
    remedy: 'send it from a file, not from a pipe',
  });

const noFile = ({ sha256 }: FilePlace): Refusal =>
  refusals.notFound(`this space has no file ${sha256}`, '`sluice file ls` lists its files');

/** The client closed the connection: it has seen enough. */
const isLeft = (fault: unknown): boolean =>
  ['ERR_STREAM_PREMATURE_CLOSE', 'EPIPE', 'ECONNRESET'].includes(String((fault as { code?: unknown }).code));
