import { TerminalBatch, TerminalMessage } from '#contracts';

/** Most events settled in one transaction. */
const eventsMax = 10_000;

/** Batches to settle together; `gateways` names who wants the verdict of each, '' for nobody. */
export interface SettleGroup {
  batches: TerminalBatch[];
  gateways: string[];
}

/** A body that is not a TerminalMessage, or a batch of one that is no TerminalBatch: that batch as a message of its own. */
export interface BadMessage {
  body: Uint8Array;
  reason: string;
}

const decoder = new TextDecoder();

/** Reads messages of stream TERMINAL, in groups of at most 10,000 events. */
export function groupMessages(bodies: readonly Uint8Array[]): { groups: SettleGroup[]; bad: BadMessage[] } {
  const groups: SettleGroup[] = [];
  const bad: BadMessage[] = [];
  let room = 0;
  for (const bytes of bodies) {
    const message = readMessage(bytes);
    bad.push(...message.bad);
    for (const batch of message.batches) {
      if (batch.events.length > room) {
        groups.push({ batches: [], gateways: [] });
        room = eventsMax;
      }
      groups.at(-1)?.batches.push(batch);
      groups.at(-1)?.gateways.push(message.gateway);
      room -= batch.events.length;
    }
  }
  return { groups, bad };
}

type ReadMessage = TerminalMessage & { bad: BadMessage[] };

/**
 * The gateway has checked each batch, so a message is only parsed here; one that was not written by a gateway is found
 * by its shape. What is good beside a bad batch counts.
 */
function readMessage(body: Uint8Array): ReadMessage {
  try {
    const message = JSON.parse(decoder.decode(body)) as TerminalMessage;
    if (hasShape(message)) return message.batches.every(looksRight) ? { ...message, bad: [] } : sortBatches(message);
    return nothingBut({ body, reason: TerminalMessage.safeParse(message).error?.message ?? 'no message' });
  } catch (cause) {
    return nothingBut({ body, reason: cause instanceof Error ? cause.message : 'not JSON' });
  }
}

const nothingBut = (bad: BadMessage): ReadMessage => ({ gateway: '', batches: [], bad: [bad] });

function sortBatches({ gateway, batches }: TerminalMessage): ReadMessage {
  const read: ReadMessage = { gateway, batches: [], bad: [] };
  for (const batch of batches) {
    const checked = looksRight(batch) ? { data: batch } : TerminalBatch.safeParse(batch);
    if (checked.data) read.batches.push(checked.data);
    else {
      const alone = JSON.stringify({ gateway: '', batches: [batch] });
      read.bad.push({ body: Buffer.from(alone), reason: checked.error?.message ?? 'no batch' });
    }
  }
  return read;
}

const hasShape = (message: Partial<TerminalMessage> | null): boolean =>
  typeof message?.gateway === 'string' && Array.isArray(message.batches);

const looksRight = (batch: Partial<TerminalBatch> | null): boolean =>
  Array.isArray(batch?.events) && Array.isArray(batch.leases) && wellFormed(batch as TerminalBatch);

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const job = /^\d{1,19}:\d{1,10}$/;

const wellFormed = (batch: TerminalBatch): boolean =>
  uuid.test(batch.batchId) &&
  batch.leases.every((lease) => /^\d{1,19}$/.test(lease.id)) &&
  batch.events.every(
    (event) =>
      job.test(event.job) && Number.isInteger(event.attempt) && Number.isInteger(event.lease) && event.endedAtMs >= 0,
  );
