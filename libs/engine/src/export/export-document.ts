import type { WrittenHeader } from '#contracts';
import { noRef, readParentPack, type ParentPack } from '#core';
import type { DocumentStore, KeptDocument, KeptJob } from '../ports/document-store.js';
import { documentLine, notOfARun } from './document-line.js';
import { observedOf } from './observed.js';

export interface ExportRequest {
  workflowNo: string;
  /** `run`: each job's `observed` says what this workflow's run came to so far, in place of an earlier one's. */
  observed: 'submitted' | 'run';
}

/** Jobs read in one statement, and the text after which it stops earlier: one more job may follow, a line of 4 MiB. */
const stepRows = 5_000;
const stepBytesMax = 4 * 1024 * 1024;
/** Lines are handed on in pieces of about so many characters. */
const pieceChars = 256 * 1024;

/**
 * Gives a document back: pieces of NDJSON, whole lines, the header first. Memory is bounded by a step, whatever the size;
 * each statement is short, so a job's observations are as of the moment it is reached.
 * @returns null when the document was not kept
 */
export async function exportDocument(
  store: DocumentStore,
  request: ExportRequest,
): Promise<AsyncGenerator<string> | null> {
  const document = await store.document(request.workflowNo);
  return document && pieces(store, request, document);
}

async function* pieces(
  store: DocumentStore,
  request: ExportRequest,
  document: KeptDocument,
): AsyncGenerator<string, void> {
  yield `${JSON.stringify(await headerOf(store, request, document))}\n`;
  for (let from = 0; from < document.jobs;) {
    const pack = readParentPack(await store.parentPack(request.workflowNo, from));
    yield* packLines(store, { ...request, oneTemplate: document.templates === 1 }, pack);
    from += pack.jobs;
  }
}

/** With the counts of what follows, so that a document that was cut is refused when it is submitted. */
async function headerOf(
  store: DocumentStore,
  { workflowNo, observed }: ExportRequest,
  { header, jobs, edges, finalOrdinal }: KeptDocument,
): Promise<WrittenHeader> {
  const counted = { ...header, jobCount: jobs, edgeCount: edges };
  if (observed === 'submitted' || finalOrdinal === null || !header.final) return counted;
  const [seen] = await store.observations({ workflowNo, from: finalOrdinal, to: finalOrdinal + 1 });
  if (!seen) return counted;
  const before = header.final.job['observed'] as Record<string, unknown> | undefined;
  const job = { ...header.final.job, observed: { ...notOfARun(before), ...observedOf(seen) } };
  return { ...counted, final: { ...header.final, job } };
}

async function* packLines(
  store: DocumentStore,
  { workflowNo, observed, oneTemplate }: ExportRequest & { oneTemplate: boolean },
  pack: ParentPack,
): AsyncGenerator<string, void> {
  for (let place = 0; place < pack.jobs;) {
    const from = pack.firstOrdinal + place;
    const rows = Math.min(stepRows, pack.jobs - place);
    const jobs = await store.documentJobs({ workflowNo, from, rows, bytesMax: stepBytesMax });
    if (jobs.length === 0) throw new Error(`workflow ${workflowNo} has no job ${from}`);
    const groups = await groupNames(store, workflowNo, pack.group?.subarray(place, place + jobs.length));
    const seen =
      observed === 'run' ? await store.observations({ workflowNo, from, to: from + jobs.length }) : undefined;
    const line = (job: KeptJob, i: number): string => {
      const links = linksAt(pack, place + i, groups);
      const at = seen?.[i];
      return documentLine(job, links, { oneTemplate, ...(at && { observed: observedOf(at) }) });
    };
    yield* inPieces(jobs, line);
    place += jobs.length;
  }
}

function linksAt(
  pack: ParentPack,
  place: number,
  groups: ReadonlyMap<number, string>,
): Parameters<typeof documentLine>[1] {
  return {
    kind: pack.kind[place] ?? 0,
    parents: pack.refs.subarray(pack.start[place], pack.start[place + 1]),
    group: groups.get(pack.group?.[place] ?? noRef) ?? null,
  };
}

async function groupNames(
  store: DocumentStore,
  workflowNo: string,
  groups: Uint32Array | undefined,
): Promise<ReadonlyMap<number, string>> {
  const ordinals = [...new Set(groups)].filter((group) => group !== noRef);
  return ordinals.length === 0 ? new Map() : store.jobNames(workflowNo, ordinals);
}

function* inPieces(jobs: readonly KeptJob[], line: (job: KeptJob, place: number) => string): Generator<string> {
  let piece = '';
  for (const [place, job] of jobs.entries()) {
    piece += `${line(job, place)}\n`;
    if (piece.length < pieceChars) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}
