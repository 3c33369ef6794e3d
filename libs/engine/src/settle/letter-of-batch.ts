import { splitJobId, streams, type TerminalBatch } from '#contracts';
import type { DeadLetter } from '../ports/dead-letter-store.js';

/** Most workflows named with one letter. */
const workflowsMax = 100;

/** A batch, or a part of one, that is set aside. */
export function letterOfBatch(batch: TerminalBatch, reason: string): DeadLetter {
  const workflows = new Set(batch.events.flatMap(({ job }) => storedId(splitJobId(job)[0]) ?? []));
  return {
    stream: streams.terminal,
    partition: batch.partition,
    body: Buffer.from(JSON.stringify(batch)),
    reason,
    about: {
      batchId: batch.batchId,
      session: storedId(batch.session),
      workflowNos: [...workflows].slice(0, workflowsMax),
      jobs: batch.events.length,
    },
  };
}

/** A message that can't be read: nobody knows what it is about. */
export const letterOfBytes = (partition: number, body: Uint8Array, reason: string): DeadLetter => ({
  ...{ stream: streams.terminal, partition, body, reason },
  about: { batchId: null, session: null, workflowNos: [], jobs: 0 },
});

/** What a batch says need not be an id that PostgreSQL could have given. */
const storedId = (text: string): string | null => (/^\d{1,18}$/.test(text) ? text : null);
