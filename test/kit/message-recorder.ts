import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { connectNats, type NatsConnection } from '#adapter-nats';
import { subjects, type PublicEvent, type TerminalBatch, type TerminalMessage } from '#contracts';
import type { LoggedMessage, MessageLog } from './message-log.js';

/**
 * Writes down what is published on streams TERMINAL and EVENT, over a connection of its own and whether or not a stream keeps
 * it. A message that is no JSON, or no text at all, is written down without what it says.
 */
export class MessageRecorder {
  private readonly messages: LoggedMessage[] = [];
  private complete = true;

  private constructor(
    private readonly connection: NatsConnection,
    private readonly file: WriteStream,
  ) {}

  /** @param file NDJSON, one LoggedMessage a line */
  static async start(natsUrl: string, file: string): Promise<MessageRecorder> {
    const connection = await connectNats({ natsUrl, name: 'message-recorder' });
    const recorder = new MessageRecorder(connection, createWriteStream(file));
    for (const subject of [subjects.terminalAll, subjects.eventAll])
      connection.subscribe(subject, {
        callback: (fault, message) => {
          if (fault) recorder.complete = false;
          else recorder.take(message.subject, message.data);
        },
      });
    void recorder.watch();
    await connection.flush();
    return recorder;
  }

  /** What was seen so far. */
  log(): MessageLog {
    return { messages: [...this.messages], complete: this.complete };
  }

  async stop(): Promise<void> {
    await this.connection.close();
    this.file.end();
    await finished(this.file);
  }

  /** What is published while the connection is away is not seen. */
  private async watch(): Promise<void> {
    for await (const { type } of this.connection.status())
      if (type === 'disconnect' || type === 'slowConsumer') this.complete = false;
  }

  private take(subject: string, data: Uint8Array): void {
    const at = new Date().toISOString();
    const isEvent = subject.startsWith(subjects.eventAll.slice(0, -1));
    const said = parsed(data);
    const message: LoggedMessage = isEvent
      ? { at, subject, events: asList<PublicEvent>(said).map(({ id, type }) => ({ id, type })) }
      : { at, subject, batches: batchesIn(said).map(loggedBatch) };
    this.messages.push(message);
    this.file.write(`${JSON.stringify(message)}\n`);
  }
}

const loggedBatch = ({ batchId, events }: TerminalBatch): { batchId: string; ends: string[] } => ({
  batchId,
  ends: asList<TerminalBatch['events'][number]>(events).map(({ job, attempt }) => `${job}#${attempt}`),
});

const batchesIn = (said: unknown): TerminalBatch[] =>
  asList<TerminalBatch>((said as Partial<TerminalMessage> | null)?.batches);

const utf8 = new TextDecoder('utf-8', { fatal: true });

const asList = <T>(said: unknown): T[] => (Array.isArray(said) ? (said as T[]) : []);

function parsed(data: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(data)) as unknown;
  } catch {
    return null;
  }
}
