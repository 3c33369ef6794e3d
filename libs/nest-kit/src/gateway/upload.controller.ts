import type { IncomingMessage } from 'node:http';
import { Controller, Get, HttpCode, Inject, Param, Post, Put, Query, Req } from '@nestjs/common';
import {
  ChunkQuery,
  type ChunkStored,
  documentLimits,
  SealRequest,
  type SizeLimits,
  type UploadOpened,
  type UploadView,
} from '#contracts';
import { checkChunk, checkHeader, type CheckedHeader, jsonErrors, readJson, refusalOf } from '#documents';
import { type ChunkStoring, readUpload, storeChunk, type UploadStore } from '#engine';
import { CONFIGURATION } from '../config/config.module.js';
import type { Configuration } from '../config/configuration.js';
import { type Access, Asker } from '../http/access.js';
import { jsonText, queryAs, readJsonAs } from '../http/json-body.js';
import { Allows, whoMay } from '../http/policies.js';
import { refusals } from '../http/refusal.js';
import { Turnstile } from '../http/turnstile.js';
import { checkDocumentEncoding } from './document-encoding.js';
import { documentRefusal } from './document-refusal.js';
import { JobCheckers } from './job-checkers.js';
import { NeededFileCheck } from './needed-files.js';
import { OnceByKey } from './once-by-key.js';
import { UPLOAD_STORE } from './stores.js';
import { termsOf, UploadDesk } from './upload-desk.js';
import { UploadDoor } from './upload-door.js';
import { noWorkflow } from './workflow-finder.js';

/** Chunks checked and stored at once: each may hold 64 MiB of text. */
const chunksAtOnce = { insideMax: 2, lineMax: 64 } as const;
const chunkTypes = ['application/x-ndjson', 'application/ndjson'] as const;
const chunkNoMax = 1_000_000;

@Allows(whoMay('continue', 'workflow'))
@Controller('api/v1/workflows')
export class UploadController {
  private readonly turnstile = new Turnstile(chunksAtOnce);

  constructor(
    private readonly checkers: JobCheckers,
    private readonly desk: UploadDesk,
    private readonly door: UploadDoor,
    private readonly files: NeededFileCheck,
    @Inject(UPLOAD_STORE) private readonly uploads: UploadStore,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  @Post()
  @HttpCode(201)
  @Allows(whoMay('submit', 'body'))
  async open(@Req() request: IncomingMessage, @Asker() asker: Access): Promise<UploadOpened> {
    const terms = termsOf(request, asker);
    const header = readHeader(await jsonText(request, documentLimits.lineBytes), this.configuration.limits);
    return this.desk.open(header, await this.desk.spaceOf(header, asker), terms);
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
    checkDocumentEncoding(request, chunkTypes);
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
    return this.desk.seal(id, readJsonAs(SealRequest, await jsonText(request)));
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
