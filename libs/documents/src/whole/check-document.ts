import { DocumentRefused } from '../refusal.js';
import { documentLimits, type DocumentRefusal, type SizeLimits } from '#contracts';
import type { OpenDocument } from '../open-document.js';
import { readDocument } from '../read-document.js';
import { DocumentCheck, type DocumentSummary } from './document-check.js';
import { ToldFaults } from './told-faults.js';

/** What a check of a whole document came to. */
export type DocumentVerdict = { summary: DocumentSummary } | { refusal: DocumentRefusal };

/** Checks before two names of equal hash are taken for one. A second is rare, a third no accident. */
const roundsMax = 3;

/**
 * Says everything that is wrong with a document, each fault with its place, what is wrong and how to mend it; nothing is
 * uploaded for it. It reads the document once, and a faulty one once more. Computes for seconds when it is large: off
 * the event loop there is checkInThread().
 * @param file a file that can be read twice
 * @throws Error of the file system (ENOENT ...) when it cannot be read
 */
export async function checkDocument(file: string, limits: SizeLimits = documentLimits): Promise<DocumentVerdict> {
  let collided = new Map<string, number>();
  for (let round = 1; ; round++) {
    const outcome = await checkOnce(file, { limits, collided, isLastRound: round === roundsMax });
    if (!(outcome instanceof Map)) return outcome;
    collided = new Map([...collided, ...outcome]);
  }
}

/** @returns the verdict; or names that were taken for one, for another round */
async function checkOnce(
  file: string,
  { limits, collided, isLastRound }: { limits: SizeLimits; collided: Map<string, number>; isLastRound: boolean },
): Promise<DocumentVerdict | Map<string, number>> {
  const document = await opened(file);
  if ('refusal' in document) return document;
  const check = new DocumentCheck(document, { limits, collided });
  if (!check.isHopeless) await readAll(document, check);
  const whole = check.finish();
  if ('summary' in whole) return whole;
  if (whole.faults.length > 0) {
    const told = new ToldFaults(whole.faults, limits);
    const again = await readDocument(file);
    await told.read(again);
    const collisions = told.collisions();
    if (collisions.size > 0 && !isLastRound) return collisions;
    told.listIn(check, again);
  }
  return { refusal: check.errors.answer() };
}

async function opened(file: string): Promise<OpenDocument | { refusal: DocumentRefusal }> {
  try {
    return await readDocument(file);
  } catch (error) {
    if (error instanceof DocumentRefused) return { refusal: error.refusal };
    throw error;
  }
}

/** Reads on until the end, a limit, or a fault after which nothing can be told apart. */
async function readAll(document: OpenDocument, check: DocumentCheck): Promise<void> {
  try {
    for await (const jobs of document.jobs) if (!check.add(jobs)) return;
  } catch (error) {
    if (!(error instanceof DocumentRefused)) throw error;
    check.stop(...error.refusal.errors);
  }
}
