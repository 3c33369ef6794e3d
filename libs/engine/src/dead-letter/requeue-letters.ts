import type { DeadLettersAnswer, DeadLettersRequest } from '#contracts';
import type { DeadLetterStore, RequeuedLetter } from '../ports/dead-letter-store.js';

export interface LetterPorts {
  letters: DeadLetterStore;
  /** Publishes it to its stream, and returns when it is stored there. */
  send: (letter: RequeuedLetter) => Promise<void>;
}

/**
 * Puts letters back into their streams, one after the other. A letter stays until its message was handled, so that a
 * stream that is lost takes nothing with it; what is sent twice is applied once, since ends of attempts are fenced.
 * @throws what `send` throws: those before it are on their way, it and those behind it are as they were.
 */
export async function requeueLetters(
  { letters, send }: LetterPorts,
  { ids, dryRun = false }: DeadLettersRequest,
): Promise<DeadLettersAnswer> {
  if (dryRun) return foundAmong(ids, await letters.known(ids), { dryRun });
  const done: string[] = [];
  for (const id of new Set(ids)) {
    const letter = await letters.requeue(id);
    if (!letter) continue;
    try {
      await send({ ...letter, body: asMessage(letter.body) });
    } catch (fault) {
      await letters.notSent(id);
      throw fault;
    }
    done.push(id);
  }
  return foundAmong(ids, done, { dryRun });
}

/** Forgets letters for good. */
export async function dropLetters(
  letters: DeadLetterStore,
  { ids, dryRun = false }: DeadLettersRequest,
): Promise<DeadLettersAnswer> {
  return foundAmong(ids, await (dryRun ? letters.known(ids) : letters.drop(ids)), { dryRun });
}

function foundAmong(
  ids: readonly string[],
  done: readonly string[],
  { dryRun }: { dryRun: boolean },
): DeadLettersAnswer {
  const found = new Set(done);
  const asked = [...new Set(ids)];
  return { dryRun, done: asked.filter((id) => found.has(id)), unknown: asked.filter((id) => !found.has(id)) };
}

/** A batch, or a part of one, becomes a message of its own; what was a message is one already. */
function asMessage(body: Uint8Array): Uint8Array {
  return isBatch(body) ? Buffer.concat([Buffer.from('{"gateway":"","batches":['), body, Buffer.from(']}')]) : body;
}

function isBatch(body: Uint8Array): boolean {
  try {
    const read = JSON.parse(Buffer.from(body).toString('utf8')) as { batchId?: unknown; events?: unknown } | null;
    return typeof read?.batchId === 'string' && Array.isArray(read.events);
  } catch {
    return false; // what is no JSON goes back as it came
  }
}
