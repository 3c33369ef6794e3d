import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connectNats } from '#adapter-nats';
import { streams } from '#contracts';
import { until } from '#test-kit';
import type { Trial } from '../trial.js';

/** As an operator at the server, who is behind no line. */
export async function withStreams<T>({ stack }: Trial, work: (manager: JetStreamManager) => Promise<T>): Promise<T> {
  const connection = await connectNats({ natsUrl: stack.nats.url, name: 'operator' });
  try {
    return await work(await jetstreamManager(connection));
  } finally {
    await connection.close();
  }
}

/** Every message that was sent about attempts has been handled. */
export const allHandled = (trial: Trial): Promise<void> =>
  withStreams(trial, (manager) =>
    until('stream TERMINAL is empty', 60_000, async () => {
      const { state } = await manager.streams.info(streams.terminal);
      return state.messages === 0;
    }),
  );
