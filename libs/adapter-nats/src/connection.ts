import { connect, type ConnectionOptions, type NatsConnection } from '@nats-io/transport-node';

export type { NatsConnection };

/** A connection on which two pings in turn had no answer leads nowhere: it is replaced within 15 s. */
const pings = { pingInterval: 5_000, maxPingOut: 2 };

/**
 * Connects to NATS, for good: it waits for a server that is not there yet and reconnects without end.
 * @param natsUrl `nats://host:port`, with `user:password@` or `token@` where the server asks for it; commas between servers.
 */
export async function connectNats(options: { natsUrl: string; name: string }): Promise<NatsConnection> {
  return connect({
    ...serversOf(options.natsUrl),
    ...pings,
    name: options.name,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    waitOnFirstConnect: true,
    ignoreClusterUpdates: true,
  });
}

/** Credentials stand in the address for people; the client wants them apart. */
export function serversOf(natsUrl: string): ConnectionOptions {
  const urls = natsUrl.split(',').map((each) => new URL(each.trim()));
  const [first] = urls;
  const servers = urls.map((each) => `${each.protocol}//${each.host}`);
  if (!first?.username) return { servers };
  const user = decodeURIComponent(first.username);
  return first.password ? { servers, user, pass: decodeURIComponent(first.password) } : { servers, token: user };
}
