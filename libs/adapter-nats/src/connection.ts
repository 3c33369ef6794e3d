import { connect, errors, type ConnectionOptions, type NatsConnection } from '@nats-io/transport-node';
import { NatsUnsuitable } from './streams.js';

export type { NatsConnection };

/** A connection on which two pings in turn had no answer leads nowhere: it is replaced within 15 s. */
const pings = { pingInterval: 5_000, maxPingOut: 2 };

/** How nats-server calls a client of which it heard nothing in time: its line is slow or parted, its password may be right. */
const notHeardInTime = /authentication timeout/i;

/**
 * Connects to NATS, for good: it waits for a server that is not there yet and reconnects without end, also where it is
 * refused then: see watchRefusals().
 * @param natsUrl `nats://host:port`, with `user:password@` or `token@` where the server asks for it; commas between servers.
 * @throws NatsUnsuitable when the server refuses user and password, or token, at the start
 */
export async function connectNats(options: { natsUrl: string; name: string }): Promise<NatsConnection> {
  const wanted = {
    ...serversOf(options.natsUrl),
    ...pings,
    name: options.name,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    waitOnFirstConnect: true,
    ignoreClusterUpdates: true,
  };
  await tryCredentials(wanted);
  // Without this the second refusal in the life of a connection, however long after the first, closes it for good.
  return connect({ ...wanted, ignoreAuthErrorAbort: true });
}

/** Credentials stand in the address for people; the client wants them apart. */
export function serversOf(natsUrl: string): ConnectionOptions & { servers: string[] } {
  const urls = natsUrl.split(',').map((each) => new URL(each.trim()));
  const [first] = urls;
  const servers = urls.map((each) => `${each.protocol}//${each.host}`);
  if (!first?.username) return { servers };
  const user = decodeURIComponent(first.username);
  return first.password ? { servers, user, pass: decodeURIComponent(first.password) } : { servers, token: user };
}

/** Does the server not let in who connects, for who he is? */
export const isRefusal = (fault: unknown): fault is Error =>
  isAboutIdentity(fault) && !notHeardInTime.test(fault.message);

const isAboutIdentity = (fault: unknown): fault is Error =>
  fault instanceof errors.AuthorizationError || fault instanceof errors.UserAuthenticationExpiredError;

/** With a connection that takes a second refusal for an answer, which the one for good does not. */
async function tryCredentials(wanted: ConnectionOptions & { servers: string[] }): Promise<void> {
  for (;;) {
    try {
      return await (await connect(wanted)).close();
    } catch (fault) {
      if (!isAboutIdentity(fault)) throw fault;
      if (!isRefusal(fault)) continue;
      throw new NatsUnsuitable(
        `NATS at ${wanted.servers.join(', ')} refuses ${nameOf(wanted)} (${fault.message}): set NATS_URL to nats://user:password@host:port, or nats://token@host:port, as the server's configuration has it.`,
        { cause: fault },
      );
    }
  }
}

const nameOf = ({ user, token }: ConnectionOptions): string =>
  user !== undefined ? `user ${user} with this password` : token !== undefined ? 'this token' : 'who gives no password';
