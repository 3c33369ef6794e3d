import { headers } from '@nats-io/transport-node';
import { connectNats, type NatsConnection } from '#adapter-nats';
import { subjects, type TerminalMessage } from '#contracts';
import type { Trial } from '../trial.js';

/** A message of stream TERMINAL as it was sent. */
export interface Tapped {
  subject: string;
  body: Uint8Array;
}

const copyMark = 'Trial-Copy';

/** Hears what is sent to stream TERMINAL, beside the stream, and sends more into it. */
export class MessageTap {
  /** What services sent, in order. */
  readonly heard: Tapped[] = [];
  /** Messages that were sent besides. */
  sent = 0;
  /** Told of each as it passes. */
  onMessage: (message: Tapped) => void = () => undefined;

  private constructor(private readonly connection: NatsConnection) {
    connection.subscribe(subjects.terminalAll, {
      callback: (fault, { subject, data, headers: own }) => {
        if (fault || own?.has(copyMark)) return;
        const message = { subject, body: data.slice() };
        this.heard.push(message);
        this.onMessage(message);
      },
    });
  }

  static async open(trial: Trial): Promise<MessageTap> {
    const connection = await connectNats({ natsUrl: trial.stack.nats.url, name: 'tap' });
    const tap = new MessageTap(connection);
    await connection.flush();
    return tap;
  }

  send({ subject }: Tapped, body: string | Uint8Array): void {
    const mark = headers();
    mark.set(copyMark, '1');
    this.connection.publish(subject, body, { headers: mark });
    this.sent += 1;
  }

  /** What was sent is in the stream then. */
  async close(): Promise<void> {
    await this.connection.drain();
  }
}

export const messageOf = ({ body }: Tapped): TerminalMessage =>
  JSON.parse(Buffer.from(body).toString('utf8')) as TerminalMessage;
