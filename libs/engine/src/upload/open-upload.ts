import type { Owner, UploadStore } from '../ports/upload-store.js';
import type { UploadHeader } from './upload-header.js';
import { makeWorkflowId } from './workflow-id.js';

export interface OpenUploadPorts {
  uploads: UploadStore;
  random: (bytes: number) => Uint8Array;
}

export interface OpenUploadRequest {
  header: UploadHeader;
  /** The header as it came, JSON text. */
  writtenHeader: string;
  owner: Owner;
  space: string;
  /** Of this owner in this space. The same key with the same header is the same workflow. */
  idempotencyKey: string | null;
}

/** `conflict`: the key was used for another header; `id` is the workflow it made. */
export type UploadOpening = { kind: 'opened'; id: string } | { kind: 'conflict'; id: string };

/** Ids drawn before we give up: with 2^50 ids a second draw is already rare. */
const drawsMax = 5;

/** Makes a workflow that takes chunks. It is invisible until it is sealed. Safe to repeat with an idempotency key. */
export async function openUpload(
  { uploads, random }: OpenUploadPorts,
  request: OpenUploadRequest,
): Promise<UploadOpening> {
  for (let draw = 0; draw < drawsMax; draw++) {
    const outcome = await uploads.open({ id: makeWorkflowId(random), ...request });
    if (outcome.kind === 'opened') return outcome;
    if (outcome.kind === 'differs') return { kind: 'conflict', id: outcome.id };
  }
  throw new Error(`${drawsMax} random workflow ids were all taken: the random source repeats itself`);
}
