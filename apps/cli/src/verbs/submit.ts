import { connectToRunning } from '../connect.js';
import { openDocument } from '../document.js';
import { exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { printSubmitted } from '../print-submitted.js';
import type { DocumentSource } from '../sources/document-source.js';
import { submitTo } from '../submit-to.js';

/** Submits a document to a server that is up, and leaves it to itself. */
export async function submit(call: Call, source: DocumentSource): Promise<ExitCode> {
  const document = await openDocument(source);
  const connection = await connectToRunning(call);
  const beganMs = Date.now();
  try {
    const id = await submitTo(connection.client, document, call.terminal, {
      source: source.name,
      signal: new AbortController().signal,
      onSealing: () => undefined,
    });
    const tookSec = (Date.now() - beganMs) / 1_000;
    await printSubmitted(call, await connection.client.workflow(id), tookSec);
  } finally {
    await connection.release();
  }
  return exitCodes.ok;
}
