import type { IncomingMessage } from 'node:http';
import { Controller, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { documentLimits, type UploadView } from '#contracts';
import {
  checkHeader,
  type CheckedHeader,
  type CheckedWhole,
  checkWhole,
  DocumentRefused,
  type JobChecker,
  openWhole,
  type RawJob,
} from '#documents';
import { storeChunk, type UploadStore } from '#engine';
import { CONFIGURATION } from '../config/config.module.js';
import type { Configuration } from '../config/configuration.js';
import { type Access, Asker } from '../http/access.js';
import { Allows, whoMay } from '../http/policies.js';
import { readBody } from '../http/read-body.js';
import { Turnstile } from '../http/turnstile.js';
import { checkDocumentEncoding } from './document-encoding.js';
import { documentRefusal } from './document-refusal.js';
import { JobCheckers } from './job-checkers.js';
import { UPLOAD_STORE } from './stores.js';
import { keyReused, termsOf, UploadDesk } from './upload-desk.js';
import { noWorkflow } from './workflow-finder.js';

const documentTypes = ['application/json', 'application/yaml', 'application/x-ndjson'] as const;

/** Documents read at once: each may hold 8 MiB of text. */
const readAtOnce = { insideMax: 1, lineMax: 32 } as const;

/** Takes a small document whole: an upload of one chunk that is opened, filled and closed in one request. */
@Controller('api/v1/workflows/submit')
export class SubmitController {
  private readonly turnstile = new Turnstile(readAtOnce);

  constructor(
    private readonly checkers: JobCheckers,
    private readonly desk: UploadDesk,
    @Inject(UPLOAD_STORE) private readonly uploads: UploadStore,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  /** Nothing is kept of a document of which any job is refused; the same again under its key is the same workflow. */
  @Post()
  @HttpCode(202)
  @Allows(whoMay('submit', 'body'))
  async submit(@Req() request: IncomingMessage, @Asker() asker: Access): Promise<UploadView> {
    const terms = termsOf(request, asker);
    checkDocumentEncoding(request, documentTypes);
    const body = await readBody(request, documentLimits.chunkBytes);
    const { id, seal } = await this.turnstile.pass(async () => {
      const { header, raws } = await this.read(body);
      const space = await this.desk.spaceOf(header, asker);
      const checker = await this.checkers.checkerFor(header, space);
      const { needed, seal } = checked(raws, header, checker);
      const { id } = await this.desk.open(header, space, terms, needed);
      await this.store(id, raws, header);
      return { id, seal };
    });
    return this.desk.seal(id, seal);
  }

  private async read(body: Buffer): Promise<{ header: CheckedHeader; raws: readonly RawJob[] }> {
    const { header: written, raws, unrunnable } = await openWhole(body).catch(asProblem);
    const read = checkHeader(written, this.configuration.limits);
    if ('refusal' in read) throw documentRefusal(read.refusal);
    if (unrunnable) throw documentRefusal(unrunnable);
    return { header: read.header, raws };
  }

  /** Checked once more against what the upload was opened with: its space may have another prefix than a moment ago. */
  private async store(id: string, raws: readonly RawJob[], header: CheckedHeader): Promise<void> {
    const checker = await this.checkers.checkerOf(id);
    if (!checker) throw noWorkflow(id);
    const { jobs, sha256 } = checked(raws, header, checker);
    const chunk = { workflowId: id, chunkNo: 0, firstOrdinal: 0, jobs, sha256 };
    const { kind } = await storeChunk({ uploads: this.uploads }, chunk);
    if (kind === 'unknown') throw noWorkflow(id);
    // Of one that is closed its seal is compared.
    if (kind === 'differs' || kind === 'overlaps') throw keyReused(id, 'other jobs');
  }
}

function checked(raws: readonly RawJob[], header: CheckedHeader, checker: JobChecker): CheckedWhole {
  const whole = checkWhole(raws, header, checker);
  if (whole instanceof DocumentRefused) throw documentRefusal(whole.refusal);
  return whole;
}

function asProblem(error: unknown): never {
  throw error instanceof DocumentRefused ? documentRefusal(error.refusal) : error;
}
