/** The thread of one check: see checkInThread(). */
import { parentPort, workerData } from 'node:worker_threads';
import { checkDocument } from './check-document.js';
import type { CheckAnswer, CheckTask } from './check-thread.js';

const { file, limits } = workerData as CheckTask;

async function answer(): Promise<CheckAnswer> {
  try {
    return { verdict: await checkDocument(file, limits) };
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) throw error;
    // What makes an error of the file system one does not pass from thread to thread.
    return { fault: { message: error.message, code: String(error.code), syscall: String(error.syscall) } };
  }
}

parentPort?.postMessage(await answer());
