import { type CustomTransportStrategy, Server } from '@nestjs/microservices';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { lastValueFrom } from 'rxjs';
import { letterHeader } from './letter-header.js';
import { PullLoop } from './pull-loop.js';
import { ensureStreams, type StreamOptions } from './streams.js';

/** Marks handlers that take lists of JetStream messages: `@EventPattern(stream, BATCHES)`. */
export const BATCHES = Symbol('lists of JetStream messages');

/** What a handler gets beside the messages' bodies. */
export interface BatchContext {
  partition: number;
  /** Ids of dead letters that were put back, and are among these messages. */
  letters: string[];
  /** These messages were handed to somebody before, who said nothing of them. */
  again: boolean;
}

export interface BatchTransportOptions extends StreamOptions {
  stream: string;
  /** The consumer of a partition. */
  durableOf: (partition: number) => string;
}

/**
 * Nest's way in for streams: a handler gets the bodies of all messages that are there, and they are acknowledged when it
 * has resolved. Partitions are opened and closed while it runs, as this process comes to own them.
 */
export class BatchTransport extends Server implements CustomTransportStrategy {
  override readonly transportId = BATCHES;
  private readonly loops = new Map<number, PullLoop>();
  private preparing: Promise<void> | null = null;

  constructor(
    private readonly connection: NatsConnection,
    private readonly options: BatchTransportOptions,
  ) {
    super();
    void this.watchConnection();
  }

  listen(callback: () => void): void {
    callback();
  }

  /** Makes all streams and consumers where they are not there; once for all who ask meanwhile. @throws NatsUnsuitable */
  prepare(): Promise<void> {
    this.preparing ??= ensureStreams(this.connection, this.options).finally(() => {
      this.preparing = null;
    });
    return this.preparing;
  }

  /** As prepare(), for who can only try again later. */
  async repair(): Promise<void> {
    const first = this.preparing === null;
    try {
      await this.prepare();
      if (!first) return;
      this.logger.warn(`a stream or a consumer was not there: it is made again`);
      this.askAgain(); // a pull that came while a consumer went is never answered
    } catch (fault) {
      if (first)
        this.logger.warn(`streams can't be made yet: ${fault instanceof Error ? fault.message : String(fault)}`);
    }
  }

  /** Reads a partition from now on. */
  open(partition: number): void {
    if (this.loops.has(partition)) return;
    const { stream, durableOf } = this.options;
    this.loops.set(
      partition,
      new PullLoop({
        connection: this.connection,
        stream,
        durable: durableOf(partition),
        handle: (messages, { again }) => this.hand(messages, partition, { again }),
        repair: () => this.repair(),
        onFault: (fault) => {
          this.logger.error(`a list of ${stream} messages of partition ${partition} was not handled: it comes again`);
          if (fault instanceof Error) this.logger.error(fault.message);
        },
      }),
    );
  }

  /** Reads it no more; resolves when what was in hand is handled. */
  async shut(partition: number): Promise<void> {
    const loop = this.loops.get(partition);
    this.loops.delete(partition);
    await loop?.stop();
  }

  /** Nest's shutdown: what is in hand is handled first, the database is still there. */
  async close(): Promise<void> {
    await Promise.all([...this.loops.keys()].map((partition) => this.shut(partition)));
  }

  override on(): never {
    throw new Error('this transport has no events');
  }

  override unwrap<T>(): T {
    return this.connection as T;
  }

  /** Ends with the connection. */
  private async watchConnection(): Promise<void> {
    for await (const { type } of this.connection.status()) {
      if (type === 'reconnect') this.askAgain();
    }
  }

  private askAgain(): void {
    for (const loop of this.loops.values()) loop.askAgain();
  }

  private async hand(messages: readonly Msg[], partition: number, { again }: { again: boolean }): Promise<void> {
    const handler = this.getHandlerByPattern(this.options.stream);
    if (!handler) throw new Error(`nobody handles ${this.options.stream}`);
    const bodies = messages.map((message) => message.data);
    const letters = messages.flatMap(({ headers }) => headers?.get(letterHeader) || []);
    const context: BatchContext = { partition, letters, again };
    const answer = this.transformToObservable(await handler(bodies, context));
    await lastValueFrom(answer, { defaultValue: undefined });
  }
}
