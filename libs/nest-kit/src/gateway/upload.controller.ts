import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Get, Headers, HttpCode, Inject, Param, Post, Put, Query, Req } from '@nestjs/common';
import {
  ChunkQuery,
  type ChunkStored,
  documentLimits,
  SealRequest,
  type SizeLimits,
  type UploadOpened,
  type UploadView,
} from '#contracts';
import {
  checkChunk,
  checkHeader,
  type CheckedHeader,
  jsonErrors,
  neededByHeader,
  readJson,
  refusalOf,
} from '#documents';
import {
  type ChunkStoring,
  openUpload,
  readUpload,
  requestSeal,
  storeChunk,
  type UploadHeader,
  type UploadStore,
} from '#engine';
import { faultpoint } from '#faultpoint';
import { CONFIGURATION } from '../config/config.module.js';
import type { Configuration } from '../config/configuration.js';
import { type Access, Asker } from '../http/access.js';
import { jsonText, queryAs, readJsonAs } from '../http/json-body.js';
import { Allows, whoMay } from '../http/policies.js';
import { contentTypeOf } from '../http/read-body.js';
import { Refusal, refusals } from '../http/refusal.js';
import { Turnstile } from '../http/turnstile.js';
import { documentRefusal } from './document-refusal.js';
import { readIdempotencyKey } from './idempotency-key.js';
import { JobCheckers } from './job-checkers.js';
import { NeededFileCheck } from './needed-files.js';
import { noRoom } from './no-room.js';
import { OnceByKey } from './once-by-key.js';
import { OrderDesk } from './order-desk.js';
import { UPLOAD_STORE } from './stores.js';
import { ownerOf, UploadDoor } from './upload-door.js';
import { noWorkflow } from './workflow-finder.js';

/** The space of a workflow whose document names none. */
const ownSpace = 'default';

/** Chunks checked and stored at once: each may hold 64 MiB of text. */
const chunksAtOnce = { insideMax: 2, lineMax: 64 } as const;
const chunkTypes = ['application/x-ndjson', 'application/ndjson'] as const;
/** Looks at a seal that was asked for, before it is answered that it goes on. */
const sealWaitsMs = [10, 20, 40, 80, 160, 320, 640];
const chunkNoMax = 1_000_000;
const ownerShape = /^[\x21-\x7e](?:[\x20-\x7e]{0,198}[\x21-\x7e])?$/;

@Allows(whoMay('continue', 'workflow'))
@Controller('api/v1/workflows')
export class UploadController {
  private readonly turnstile = new Turnstile(chunksAtOnce);

  constructor(
    private readonly checkers: JobCheckers,
    private readonly orders: OrderDesk,
    private readonly door: UploadDoor,
    private readonly files: NeededFileCheck,
    @Inject(UPLOAD_STORE) private readonly uploads: UploadStore,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  @Post()
  @HttpCode(201)
  @Allows(whoMay('submit', 'body'))
  async open(
    @Req() request: IncomingMessage,
    @Asker() asker: Access,
    @Headers('idempotency-key') key?: string,
    @Headers('sluice-owner') subject?: string,
  ): Promise<UploadOpened> {
    const idempotencyKey = readIdempotencyKey(key);
    if (subject !== undefined && !ownerShape.test(subject)) throw badOwner();
    const owner = ownerOf(asker, subject);
    const header = readHeader(await jsonText(request, documentLimits.lineBytes), this.configuration.limits);
    const { space = ownSpace } = header.document;
    await this.door.mayOpen(asker, space);
    const refusal = await this.checkers.refusalOf(header, space);
    if (refusal) throw documentRefusal(refusal);
    await this.files.check(space, neededByHeader(header));
    const opening = await openUpload(
      { uploads: this.uploads, random: randomBytes },
      {
        header: storedHeader(header),
        writtenHeader: JSON.stringify(header.written),
        ...{ owner, space },
        idempotencyKey,
      },
    );
    faultpoint('api.afterCommitBeforeReply');
    if (opening.kind === 'opened') return { id: opening.id };
    throw otherHeader(opening.id);
  }

  @Put(':id/chunks/:no')
  async store(
    @Param('id') id: string,
    @Param('no') no: string,
    @Query() query: unknown,
    @Req() request: IncomingMessage,
    @Asker() asker: Access,
  ): Promise<ChunkStored> {
    const { space } = await this.door.mayPass(asker, id);
    checkEncoding(request);
    const chunkNo = readChunkNo(no);
    const { firstOrdinal } = queryAs(ChunkQuery, query);
    return this.turnstile.pass(async () => {
      const checker = await this.checkers.checkerOf(id);
      if (!checker) throw noWorkflow(id);
      // Not destroyed on an early end: the refusal goes out on the same connection.
      const body = request.iterator({ destroyOnReturn: false });
      const checked = await checkChunk(body, checker, { firstOrdinal });
      if ('refusal' in checked) throw documentRefusal(checked.refusal);
      await this.files.check(space, checked.needed);
      const { jobs, sha256 } = checked;
      return answerOf(
        id,
        await storeChunk({ uploads: this.uploads }, { workflowId: id, chunkNo, firstOrdinal, jobs, sha256 }),
      );
    });
  }

  @OnceByKey()
  @Post(':id/seal')
  @HttpCode(202)
  async seal(@Param('id') id: string, @Req() request: IncomingMessage, @Asker() asker: Access): Promise<UploadView> {
    await this.door.mayPass(asker, id);
    const asked = await requestSeal({ uploads: this.uploads }, id, readJsonAs(SealRequest, await jsonText(request)));
    if (asked.kind === 'unknown') throw noWorkflow(id);
    if (asked.kind === 'differs') throw otherSeal(id);
    if (asked.kind === 'over') throw noRoom(asked.over, `nothing of ${id} runs: submit it again`);
    this.orders.hints.command(asked.partition);
    const upload = await this.sealedSoon(id, asked.upload);
    if (upload.state === 'refused' && upload.refusal) throw documentRefusal(upload.refusal);
    return upload;
  }

  /** A small workflow is sealed, or refused, at once: who asked is told in the answer, and need not ask again. */
  private async sealedSoon(id: string, asked: UploadView): Promise<UploadView> {
    let upload = asked;
    for (const waitMs of sealWaitsMs) {
      if (upload.state !== 'sealing') break;
      await sleep(waitMs);
      upload = (await readUpload({ uploads: this.uploads }, id)) ?? upload;
    }
    return upload;
  }

  @Get(':id/upload')
  @Allows(whoMay('read', 'workflow'))
  async view(@Param('id') id: string, @Asker() asker: Access): Promise<UploadView> {
    await this.door.mayPass(asker, id);
    const view = await readUpload({ uploads: this.uploads }, id);
    if (view) return view;
    throw noWorkflow(id);
  }
}

function readHeader(text: string, limits: SizeLimits): CheckedHeader {
  const read = readJson(text);
  if ('faults' in read) throw documentRefusal(refusalOf(...jsonErrors(read, text)));
  const checked = checkHeader(read.value, limits);
  if ('refusal' in checked) throw documentRefusal(checked.refusal);
  return checked.header;
}

/** A header as it is kept: its templates whole, its final job checked. */
function storedHeader({ document, templates, final }: CheckedHeader): UploadHeader {
  const { name, tags, files, policy, annotations, source, jobCount, edgeCount } = document;
  const whole = Object.fromEntries([...templates].map(([each, { template }]) => [each, template]));
  return { name, tags, files, policy, annotations, source, jobCount, edgeCount, templates: whole, final };
}

function checkEncoding(request: IncomingMessage): void {
  const type = contentTypeOf(request.headers['content-type']);
  if (!chunkTypes.some((each) => each === type)) throw refusals.contentType(chunkTypes);
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity' && encoding !== 'gzip') throw refusals.contentType(['gzip', 'not compressed']);
}

function readChunkNo(no: string): number {
  if (/^\d{1,7}$/.test(no) && Number(no) <= chunkNoMax) return Number(no);
  throw refusals.badRequest('chunk/number', `a chunk's number is a whole number from 0 to ${chunkNoMax}`);
}

function answerOf(id: string, storing: ChunkStoring): ChunkStored {
  switch (storing.kind) {
    case 'stored':
      return storing.chunk;
    case 'unknown':
      throw noWorkflow(id);
    case 'differs':
      throw refusals.conflict(
        'chunk/differs',
        'this chunk number is stored with other bytes',
        'number chunks from 0, each once',
      );
    case 'overlaps':
      throw refusals.conflict(
        'chunk/overlaps',
        'some of its positions are in another chunk',
        'firstOrdinal counts all jobs before',
      );
    case 'closed':
      throw refusals.conflict('upload/closed', `${id} takes no more chunks: its seal was asked for`);
  }
}

const badOwner = (): Refusal =>
  refusals.badRequest('header/owner', 'Sluice-Owner: 1 to 200 printable ASCII characters, no space at either end');

const otherSeal = (id: string): Refusal =>
  refusals.conflict(
    'upload/sealed-otherwise',
    `the seal of ${id} was asked for with other counts or another hash: this is not the document that was sent`,
    'submit it as a new upload',
  );

const otherHeader = (id: string): Refusal =>
  new Refusal({
    status: 422,
    code: 'idempotency-key/reused',
    title: 'Idempotency-Key used before',
    detail: `the key opened ${id} with another header`,
    remedy: 'use a new key for another document',
  });
