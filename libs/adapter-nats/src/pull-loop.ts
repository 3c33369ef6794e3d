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
 * P7  While the store is away hardly a message passes: a list that was not handled is put back with what was read ahead, and
 *     nothing is pulled until a wait is over (PullPace). So is what was read ahead while a list takes long.
 * P8  A pull that brought all it was asked for is over, without a word from the server.
 * P9  What comes again is a list of its own, in turn with what comes for the first time: who had it before may have died of it.
 *
 * The pull request is raw (`no_wait` with `expires`): it gives what is there at once, else the first that comes, and none
 * is left behind unacknowledged as with the client's fetch. @see STACK sections 2 and 3
 */
import { faultpoint } from '#faultpoint';
import { createInbox, type Msg, type NatsConnection, type Subscription } from '@nats-io/transport-node';
import { PullPace } from './pull-pace.js';

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
/** Wait before a consumer that is not there is made. */
const pauseMs = 500;
/** Longest wait for what is on its way when the loop stops. */
const drainMsMax = 1_000;
/** A list that takes longer may wait for a store that is away. */
const longMs = 5_000;
const nanosPerMs = 1_000_000;

export interface PullLoopOptions {
  connection: Pick<NatsConnection, 'subscribe' | 'publish'>;
  stream: string;
  durable: string;
  /** Handles a list; its messages are acknowledged when it resolves, come again when it rejects. again: P9 */
  handle: (messages: readonly Msg[], options: { again: boolean }) => Promise<void>;
  /** A list was not handled. */
  onFault: (fault: unknown) => void;
  /** The consumer or its stream is not there: makes it, and never rejects. */
  repair: () => Promise<void>;
}

export class PullLoop {
  private readonly buffer: Msg[] = [];
  /** What came for the first time had its turn. */
  private lastWasFirst = false;
  private readonly inbox = createInbox();
  private readonly subscription: Subscription;
  private readonly pace = new PullPace(bufferMax);
  private pulls = 0;
  /** Messages that the open pull may still bring; 0: none is open. */
  private owed = 0;
  /** Set while nothing is pulled: what comes all the same is put back for so long, in milliseconds. @see P7 */
  private putBackMs: number | null = null;
  private endWait: () => void = () => undefined;
  private lost = false;
  private stopped = false;
  private silence: NodeJS.Timeout | undefined;
  private wake: (() => void) | null = null;
  private readonly ended: Promise<void>;

  constructor(private readonly options: PullLoopOptions) {
    this.subscription = options.connection.subscribe(`${this.inbox}.*`, {
      callback: (fault, message) => {
        if (fault) this.lose();
        else this.take(message);
      },
    });
    this.ended = this.run();
  }

  /** The connection is back. @see P5 */
  askAgain(): void {
    this.owed = 0;
    this.pull();
  }

  /** Stops reading; resolves when what is in hand was handled. The rest comes again elsewhere. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.rouse();
    this.endWait();
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
      const messages = this.nextList();
      this.pull();
      if (messages.length > 0 && !this.stopped) await this.handle(messages);
      else for (const message of messages) message.respond('-NAK');
    }
  }

  /** @see P9 */
  private nextList(): Msg[] {
    const all = this.buffer.splice(0);
    const [again, first] = [all.filter(cameAgain), all.filter((message) => !cameAgain(message))];
    const isTurnOfAgain = first.length === 0 || (this.lastWasFirst && again.length > 0);
    this.lastWasFirst = !isTurnOfAgain;
    this.buffer.push(...(isTurnOfAgain ? first : again));
    return isTurnOfAgain ? again : first;
  }

  private async handle(messages: Msg[]): Promise<void> {
    try {
      await this.handOver(messages);
      for (const message of messages) message.respond('+ACK');
      this.pace.handled();
      faultpoint('apply.afterAck');
    } catch (fault) {
      this.options.onFault(fault);
      await this.waitWith(messages);
    }
  }

  /** @see P7 */
  private async waitWith(messages: readonly Msg[]): Promise<void> {
    const waitMs = this.pace.failed();
    for (const message of messages) putBack(message, waitMs);
    this.putAllBack(waitMs);
    if (!this.stopped) await this.wait(waitMs);
    this.putBackMs = null;
  }

  private async handOver(messages: readonly Msg[]): Promise<void> {
    const begunMs = performance.now();
    const underWay = setInterval(() => {
      if (performance.now() - begunMs >= longMs) this.putAllBack(underWayMs);
      for (const message of [...messages, ...this.buffer]) message.respond('+WPI'); // P6
    }, underWayMs);
    try {
      await this.options.handle(messages, { again: messages.some(cameAgain) });
    } finally {
      clearInterval(underWay);
      this.putBackMs = null;
    }
  }

  /** What is read ahead, and from now on what comes. @see P7 */
  private putAllBack(forMs: number): void {
    this.putBackMs = forMs;
    for (const message of this.buffer.splice(0)) putBack(message, forMs);
  }

  /** stop() ends it. */
  private async wait(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.endWait = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private async recover(): Promise<void> {
    await pause(pauseMs);
    if (this.stopped) return;
    await this.options.repair();
    this.lost = false;
  }

  private pull(): void {
    const { messagesMax } = this.pace;
    const room = messagesMax - this.buffer.length;
    if (this.owed > 0 || this.putBackMs !== null || this.stopped || this.lost || room < messagesMax / 2) return;
    this.owed = room;
    this.pulls += 1;
    const request = { batch: room, max_bytes: pullBytesMax, expires: pullMs * 1_000_000, no_wait: true };
    const { connection, stream, durable } = this.options;
    connection.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable}`, JSON.stringify(request), {
      reply: this.openInbox,
    });
    this.expectWord(pullMs + silenceMs);
  }

  /** Where the server says how the open pull ended. */
  private get openInbox(): string {
    return `${this.inbox}.${this.pulls}`;
  }

  private expectWord(withinMs: number): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      this.owed = 0;
      this.rouse();
      this.pull();
    }, withinMs);
  }

  private take(message: Msg): void {
    if (message.reply) this.keep(message);
    else if (message.subject === this.openInbox) this.endPull(message);
  }

  private keep(message: Msg): void {
    if (this.owed > 0) this.owed -= 1;
    if (this.owed === 0) clearTimeout(this.silence); // P8
    if (this.putBackMs !== null) return putBack(message, this.putBackMs);
    this.buffer.push(message);
    this.rouse();
  }

  private endPull(message: Msg): void {
    this.owed = 0;
    clearTimeout(this.silence);
    const code = message.headers?.code ?? 0;
    if (code === 503 || (code === 409 && /deleted/i.test(message.headers?.description ?? ''))) this.lose();
    else this.pull();
  }

  private lose(): void {
    this.lost = true;
    this.owed = 0;
    this.rouse();
  }

  private rouse(): void {
    this.wake?.();
    this.wake = null;
  }
}

/** From the subject that acknowledges it: `$JS.ACK.<stream>.<consumer>.<deliveries>...`; a domain and an account may come first. */
function cameAgain({ reply = '' }: Pick<Msg, 'reply'>): boolean {
  const parts = reply.split('.');
  return Number(parts.length > 9 ? parts[6] : parts[4]) > 1;
}

function putBack(message: Msg, forMs: number): void {
  message.respond(`-NAK {"delay":${forMs * nanosPerMs}}`);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
