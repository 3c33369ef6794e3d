/**
 * Owns the reading of one JetStream consumer: messages come in lists, as many as are there, and the next list is read
 * ahead while one is handled.
 *
 * P1  At most bufferMax messages are in hand; nothing is pulled beyond that.
 * P2  A message is acknowledged only after its list was handled; a list whose handling failed comes again.
 * P3  A lone message is handed over at once; nothing lingers for a fuller list.
 * P4  What the server has sent when the loop stops is given back: unread it would come again only after a while.
 * P5  A pull that broke with the connection is never answered: askAgain() replaces it.
 * P6  What is in hand or read ahead is said to be under way, again and again: so the server may take a process for dead, and
 *     give its messages to the partition's next owner, within seconds.
 *
 * The pull request is raw (`no_wait` with `expires`): it gives what is there at once, else the first that comes, and none
 * is left behind unacknowledged as with the client's fetch. @see STACK sections 2 and 3
 */
import { faultpoint } from '#faultpoint';
import { createInbox, type Msg, type NatsConnection, type Subscription } from '@nats-io/transport-node';

/**
 * A message that was neither acknowledged nor said to be under way for so long comes again: with the next owner, who has the
 * partition of a dead one after two seconds, progress resumes within five.
 */
export const ackWaitMs = 3_000;
const underWayMs = 1_000;
/** Messages in hand or read ahead. */
const bufferMax = 64;
/** Bytes of one pull. */
const pullBytesMax = 4 * 1024 * 1024;
/** One pull waits so long for a first message. */
const pullMs = 30_000;
/** Without a word from the server for so long after a pull has ended, ask again. */
const silenceMs = 5_000;
/** Wait after a fault before the next try. */
const pauseMs = 500;
/** Longest wait for what is on its way when the loop stops. */
const drainMsMax = 1_000;
/** A list that failed comes again after so long. */
const againMs = 1_000;

export interface PullLoopOptions {
  connection: Pick<NatsConnection, 'subscribe' | 'publish'>;
  stream: string;
  durable: string;
  /** Handles a list; its messages are acknowledged when it resolves, come again when it rejects. */
  handle: (messages: readonly Msg[]) => Promise<void>;
  /** A list was not handled. */
  onFault: (fault: unknown) => void;
  /** The consumer or its stream is not there: makes it, and never rejects. */
  repair: () => Promise<void>;
}

export class PullLoop {
  private readonly buffer: Msg[] = [];
  private readonly inbox = createInbox();
  private readonly subscription: Subscription;
  private pulling = false;
  private lost = false;
  private stopped = false;
  private silence: NodeJS.Timeout | undefined;
  private wake: (() => void) | null = null;
  private readonly ended: Promise<void>;

  constructor(private readonly options: PullLoopOptions) {
    this.subscription = options.connection.subscribe(this.inbox, {
      callback: (fault, message) => {
        if (fault) this.lose();
        else this.take(message);
      },
    });
    this.ended = this.run();
  }

  /** The connection is back. @see P5 */
  askAgain(): void {
    this.pulling = false;
    this.pull();
  }

  /** Stops reading; resolves when what is in hand was handled. The rest comes again elsewhere. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.rouse();
    clearTimeout(this.silence);
    const drained = this.subscription.drain().catch(() => undefined); // a closed connection brings nothing more
    await Promise.all([this.ended, Promise.race([drained, pause(drainMsMax)])]); // P4
    for (const message of this.buffer.splice(0)) message.respond('-NAK');
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      this.pull();
      if (this.buffer.length === 0 && !this.lost) await new Promise<void>((resolve) => (this.wake = resolve));
      if (this.lost) await this.recover();
      const messages = this.buffer.splice(0);
      this.pull();
      if (messages.length > 0 && !this.stopped) await this.handle(messages);
      else for (const message of messages) message.respond('-NAK');
    }
  }

  private async handle(messages: Msg[]): Promise<void> {
    try {
      await this.handOver(messages);
      for (const message of messages) message.respond('+ACK');
      faultpoint('apply.afterAck');
    } catch (fault) {
      this.options.onFault(fault);
      for (const message of messages) message.respond(`-NAK {"delay":${againMs * 1_000_000}}`);
      await pause(againMs);
    }
  }

  private async handOver(messages: readonly Msg[]): Promise<void> {
    const underWay = setInterval(() => {
      for (const message of [...messages, ...this.buffer]) message.respond('+WPI'); // P6
    }, underWayMs);
    try {
      await this.options.handle(messages);
    } finally {
      clearInterval(underWay);
    }
  }

  private async recover(): Promise<void> {
    await pause(pauseMs);
    if (this.stopped) return;
    await this.options.repair();
    this.lost = false;
  }

  private pull(): void {
    const room = bufferMax - this.buffer.length;
    if (this.pulling || this.stopped || this.lost || room < bufferMax / 2) return;
    this.pulling = true;
    const request = { batch: room, max_bytes: pullBytesMax, expires: pullMs * 1_000_000, no_wait: true };
    const { connection, stream, durable } = this.options;
    connection.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable}`, JSON.stringify(request), {
      reply: this.inbox,
    });
    this.expectWord(pullMs + silenceMs);
  }

  private expectWord(withinMs: number): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      this.pulling = false;
      this.rouse();
      this.pull();
    }, withinMs);
  }

  private take(message: Msg): void {
    if (message.reply) {
      this.buffer.push(message);
      this.rouse();
      return;
    }
    this.pulling = false;
    clearTimeout(this.silence);
    const code = message.headers?.code ?? 0;
    if (code === 503 || (code === 409 && /deleted/i.test(message.headers?.description ?? ''))) this.lose();
    else this.pull();
  }

  private lose(): void {
    this.lost = true;
    this.pulling = false;
    this.rouse();
  }

  private rouse(): void {
    this.wake?.();
    this.wake = null;
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
