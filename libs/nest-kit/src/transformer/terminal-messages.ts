import { TerminalMessage, type TerminalBatch } from '#contracts';

/** Most events settled in one transaction. */
const eventsMax = 10_000;

/** Batches to settle together; `gateways` names who wants the verdict of each, '' for nobody. */
export interface SettleGroup {
  batches: TerminalBatch[];
  gateways: string[];
}

/** A body that is not a TerminalMessage. */
export interface BadMessage {
  body: string;
  reason: string;
}

const decoder = new TextDecoder();

/** Reads messages of stream TERMINAL, in groups of at most 10,000 events. */
export function groupMessages(bodies: readonly Uint8Array[]): { groups: SettleGroup[]; bad: BadMessage[] } {
  const groups: SettleGroup[] = [];
  const bad: BadMessage[] = [];
  let room = 0;
  for (const bytes of bodies) {
    const message = readMessage(decoder.decode(bytes));
    if ('reason' in message) {
      bad.push(message);
      continue;
    }
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

/**
 * The gateway has checked each batch, so a message is only parsed here; one that was not written by a gateway is found
 * by its shape.
 */
function readMessage(body: string): TerminalMessage | BadMessage {
  try {
    const message = JSON.parse(body) as TerminalMessage;
    if (looksRight(message)) return message;
    const checked = TerminalMessage.safeParse(message);
    return checked.success ? checked.data : { body, reason: checked.error.message };
  } catch (cause) {
    return { body, reason: cause instanceof Error ? cause.message : 'not JSON' };
  }
}

function looksRight(message: Partial<TerminalMessage> | null): boolean {
  return (
    typeof message?.gateway === 'string' &&
    Array.isArray(message.batches) &&
    message.batches.every((batch) => Array.isArray(batch.events) && Array.isArray(batch.leases) && wellFormed(batch))
  );
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const job = /^\d{1,19}:\d{1,10}$/;

const wellFormed = (batch: TerminalBatch): boolean =>
  uuid.test(batch.batchId) &&
  batch.leases.every((lease) => /^\d{1,19}$/.test(lease.id)) &&
  batch.events.every(
    (event) =>
      job.test(event.job) && Number.isInteger(event.attempt) && Number.isInteger(event.lease) && event.endedAtMs >= 0,
  );
