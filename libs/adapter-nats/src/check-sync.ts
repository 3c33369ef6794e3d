import { NatsUnsuitable } from './streams.js';

/** Longest wait for one monitoring port. */
const answerMsMax = 3_000;
const nanosPerSec = 1_000_000_000;

/** What a monitoring port says of JetStream, as far as it matters here. */
interface Varz {
  server_name?: string;
  jetstream?: { config?: { sync_interval?: number; sync_always?: boolean } };
}

/**
 * Looks whether each server has every message on disk before it acknowledges it. With any other `sync_interval` a power
 * cut loses what was acknowledged since, and the stream with it (RELIABILITY X2). A client can't see the setting: only
 * the monitoring port tells it.
 * @param monitorUrl addresses of monitoring ports, commas between; `none`: who started the servers sees to it; null: none
 *   was named.
 * @returns why it can't be read, for a warning; null when all is well.
 * @throws NatsUnsuitable when a server says that it does otherwise.
 */
export async function checkSync(monitorUrl: string | null): Promise<string | null> {
  if (monitorUrl === null) return 'NATS_MONITOR_URL is not set: name the monitoring port, as http://host:8222';
  if (monitorUrl === 'none') return null;
  const unread = await Promise.all(monitorUrl.split(',').map((each) => checkServerSync(each.trim())));
  return unread.find((why) => why !== null) ?? null;
}

async function checkServerSync(monitorUrl: string): Promise<string | null> {
  const varz = await readVarz(monitorUrl);
  if (typeof varz === 'string') return varz;
  const config = varz.jetstream?.config;
  if (config?.sync_interval === undefined) return `${monitorUrl} tells no sync_interval`;
  if (config.sync_always === true) return null;
  const setting = `${config.sync_interval / nanosPerSec}s`;
  throw new NatsUnsuitable(
    `nats-server ${varz.server_name ?? ''} (${monitorUrl}) has sync_interval ${setting}: a power cut loses what it acknowledged. ` +
      'Set `sync_interval: always` in the jetstream block of its configuration.',
  );
}

async function readVarz(monitorUrl: string): Promise<Varz | string> {
  try {
    const answer = await fetch(new URL('/varz', monitorUrl), { signal: AbortSignal.timeout(answerMsMax) });
    if (!answer.ok) return `${monitorUrl} answered ${answer.status}`;
    return (await answer.json()) as Varz;
  } catch (cause) {
    const { message, cause: deeper } = cause as Error;
    return `${monitorUrl} can't be read: ${deeper instanceof Error ? deeper.message : message}`;
  }
}
