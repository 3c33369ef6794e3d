import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { streams } from '#contracts';

/** What stream TERMINAL holds that is not settled: a settled message leaves it. */
export class StreamBacklog {
  private manager: Promise<JetStreamManager> | null = null;

  constructor(private readonly connection: NatsConnection) {}

  /**
   * Age of the oldest message by the server's own clock, in seconds; null when there is none.
   * @throws Error when the stream can't be asked: then nobody knows.
   */
  async oldestSec(): Promise<number | null> {
    this.manager ??= jetstreamManager(this.connection);
    const manager = await this.manager.catch((fault: unknown) => {
      this.manager = null; // asked anew next time
      throw fault;
    });
    const { state, ts } = await manager.streams.info(streams.terminal);
    if (state.messages === 0) return null;
    return Math.max(0, (Date.parse(ts ?? new Date().toISOString()) - Date.parse(state.first_ts)) / 1_000);
  }
}
