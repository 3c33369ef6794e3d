import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { documentLimits, type SizeLimits } from '#contracts';
import { refusalOf } from '../refusal.js';
import type { DocumentVerdict } from './check-document.js';

/** What the thread is to check. */
export interface CheckTask {
  file: string;
  limits: SizeLimits;
}

/** What the thread says, once. */
export type CheckAnswer = { verdict: DocumentVerdict } | { fault: { message: string; code: string; syscall: string } };

/**
 * checkDocument() in a thread of its own, so that the process goes on answering meanwhile. A document that needs more
 * memory than there is ends the thread, not the process.
 * @throws Error of the file system (ENOENT ...) when the file cannot be read
 */
export async function checkInThread(file: string, limits: SizeLimits = documentLimits): Promise<DocumentVerdict> {
  const workerData: CheckTask = { file, limits };
  const thread = new Worker(new URL('./check-thread-main.js', import.meta.url), { workerData });
  try {
    const [answer] = (await once(thread, 'message')) as [CheckAnswer];
    if ('verdict' in answer) return answer.verdict;
    throw Object.assign(new Error(answer.fault.message), answer.fault);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY') return { refusal: outOfMemory() };
    throw error;
  } finally {
    await thread.terminate();
  }
}

const outOfMemory = () =>
  refusalOf({
    code: 'TOO_LARGE',
    where: '/',
    message: 'reading the document takes more memory than there is',
    remedy: 'Write it as NDJSON: the header on line 1, then one job a line; that is read in bounded memory.',
  });
