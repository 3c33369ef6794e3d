import type { NatsConnection } from '@nats-io/transport-node';
import { isRefusal } from './connection.js';

/** A connection that is refused tries again several times a second: it is told this often. */
const tellMs = 60_000;

export interface RefusalWatch {
  refused: (cause: Error) => void;
  /** After a refusal that was told. */
  admitted: () => void;
  nowMs: () => number;
}

/**
 * Tells when a server refuses a connection that was let in before: at once, then once a minute, and when it lets it in again.
 * Resolves when the connection is closed.
 */
export async function watchRefusals(
  connection: Pick<NatsConnection, 'status'>,
  { refused, admitted, nowMs }: RefusalWatch,
): Promise<void> {
  let toldMs: number | null = null;
  for await (const status of connection.status()) {
    if (status.type === 'error' && isRefusal(status.error)) {
      if (toldMs !== null && nowMs() - toldMs < tellMs) continue;
      toldMs = nowMs();
      refused(status.error);
    } else if (status.type === 'reconnect' && toldMs !== null) {
      toldMs = null;
      admitted();
    }
  }
}
