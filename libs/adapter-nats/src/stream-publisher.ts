import { jetstream, type JetStreamClient, type JetStreamPublishOptions } from '@nats-io/jetstream';
import { headers, type NatsConnection } from '@nats-io/transport-node';
import { letterHeader } from './letter-header.js';

/** Longest wait for a stream to say that a message is on disk. */
const acknowledgeMs = 5_000;

/**
 * nats-server said so of messages that it never stored, until its window ended (issue 6415, RELIABILITY section 4): of a
 * message that nobody knows to be stored it proves nothing.
 */
const alreadyThere = 'it says that it has it already, which is no proof';

/** A stream did not confirm a message: it may or may not be stored. Publish it again, under a new id or none. */
export class StreamUnavailable extends Error {
  override readonly name = 'StreamUnavailable';
  readonly retry = true;
  constructor(subject: string, options: { cause: unknown }) {
    const cause = options.cause instanceof Error ? options.cause.message : String(options.cause);
    super(`no stream confirmed a message to '${subject}': ${cause}`, options);
  }
}

/** Publishes to JetStream: a message counts only when the stream has it on disk. */
export class StreamPublisher {
  private readonly client: JetStreamClient;

  constructor(connection: NatsConnection) {
    this.client = jetstream(connection);
  }

  /**
   * @param messageId if given, the stream drops a second message with the same id (within its window of 2 minutes): each try
   *   needs one of its own.
   * @throws StreamUnavailable whatever the cause: no server, no such stream, a full stream, no answer in time, or the answer
   *   that the stream has it already.
   */
  publish(subject: string, body: Uint8Array, messageId?: string): Promise<void> {
    return this.send(subject, body, messageId ? { msgID: messageId } : {});
  }

  /** Publishes a dead letter again; who handles it is told its id. @throws StreamUnavailable */
  publishLetter(subject: string, body: Uint8Array, letter: string): Promise<void> {
    const named = headers();
    named.set(letterHeader, letter);
    return this.send(subject, body, { headers: named });
  }

  private async send(subject: string, body: Uint8Array, options: Partial<JetStreamPublishOptions>): Promise<void> {
    let isDenied: boolean;
    try {
      isDenied = (await this.client.publish(subject, body, { timeout: acknowledgeMs, ...options })).duplicate;
    } catch (cause) {
      throw new StreamUnavailable(subject, { cause });
    }
    if (isDenied) throw new StreamUnavailable(subject, { cause: alreadyThere });
  }
}
