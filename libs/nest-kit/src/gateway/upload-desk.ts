import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { SealRequest, UploadOpened, UploadView } from '#contracts';
import { type CheckedHeader, neededByHeader, type NeededFiles } from '#documents';
import { openUpload, readUpload, requestSeal, type UploadHeader, type UploadStore } from '#engine';
import { faultpoint } from '#faultpoint';
import type { Access } from '../http/access.js';
import { Refusal, refusals } from '../http/refusal.js';
import { documentRefusal } from './document-refusal.js';
import { readIdempotencyKey } from './idempotency-key.js';
import { JobCheckers } from './job-checkers.js';
import { NeededFileCheck } from './needed-files.js';
import { noRoom } from './no-room.js';
import { OrderDesk } from './order-desk.js';
import { UPLOAD_STORE } from './stores.js';
import { ownerOf, UploadDoor } from './upload-door.js';
import { noWorkflow } from './workflow-finder.js';

/** The space of a workflow whose document names none. */
const ownSpace = 'default';

/** Looks at a seal that was asked for, before it is answered that it goes on. */
const sealWaitsMs = [10, 20, 40, 80, 160, 320, 640];
const ownerShape = /^[\x21-\x7e](?:[\x20-\x7e]{0,198}[\x21-\x7e])?$/;

/** What the headers of a request say of a workflow that is to be: under which key, and whose it is. */
export interface UploadTerms {
  idempotencyKey: string | null;
  owner: { issuer: string; subject: string };
}

/** @throws Refusal 400 for a key or an owner that is none, 403 for the name of another */
export function termsOf({ headers }: IncomingMessage, asker: Access): UploadTerms {
  const idempotencyKey = readIdempotencyKey(headers['idempotency-key']);
  const subject = headers['sluice-owner'];
  if (subject !== undefined && !(typeof subject === 'string' && ownerShape.test(subject))) throw badOwner();
  return { idempotencyKey, owner: ownerOf(asker, subject) };
}

/** Opens uploads and closes them, for who sends a document in chunks and for who sends it whole. */
@Injectable()
export class UploadDesk {
  constructor(
    private readonly checkers: JobCheckers,
    private readonly orders: OrderDesk,
    private readonly door: UploadDoor,
    private readonly files: NeededFileCheck,
    @Inject(UPLOAD_STORE) private readonly uploads: UploadStore,
  ) {}

  /** The space that a header is for. @throws Refusal 404 for one that the asker does not see, 403 */
  async spaceOf({ document: { space = ownSpace } }: CheckedHeader, asker: Access): Promise<string> {
    await this.door.mayOpen(asker, space);
    return space;
  }

  /**
   * @param needed files of the space that its jobs need, as far as they are known already
   * @throws Refusal 422 for what the space has against the header, and for a key that came with another header
   */
  async open(
    header: CheckedHeader,
    space: string,
    { idempotencyKey, owner }: UploadTerms,
    needed: NeededFiles = new Map(),
  ): Promise<UploadOpened> {
    const refusal = await this.checkers.refusalOf(header, space);
    if (refusal) throw documentRefusal(refusal);
    await this.files.check(space, new Map([...needed, ...neededByHeader(header)]));
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
    throw keyReused(opening.id, 'another header');
  }

  /** @throws Refusal 409 for another seal than the one before, 422 for a document that is refused as a whole, 429 */
  async seal(id: string, request: SealRequest): Promise<UploadView> {
    const asked = await requestSeal({ uploads: this.uploads }, id, request);
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
}

/** A header as it is kept: its templates whole, its final job checked. */
function storedHeader({ document, templates, final }: CheckedHeader): UploadHeader {
  const { name, tags, files, policy, annotations, source, jobCount, edgeCount } = document;
  const whole = Object.fromEntries([...templates].map(([each, { template }]) => [each, template]));
  return { name, tags, files, policy, annotations, source, jobCount, edgeCount, templates: whole, final };
}

const badOwner = (): Refusal =>
  refusals.badRequest('header/owner', 'Sluice-Owner: 1 to 200 printable ASCII characters, no space at either end');

const otherSeal = (id: string): Refusal =>
  refusals.conflict(
    'upload/sealed-otherwise',
    `the seal of ${id} was asked for with other counts or another hash: this is not the document that was sent`,
    'submit it as a new upload',
  );

/** An Idempotency-Key that came before, with something else. */
export const keyReused = (id: string, other: 'another header' | 'other jobs'): Refusal =>
  new Refusal({
    status: 422,
    code: 'idempotency-key/reused',
    title: 'Idempotency-Key used before',
    detail: `the key opened ${id} with ${other}`,
    remedy: 'use a new key for another document',
  });
