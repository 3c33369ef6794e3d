import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { onDatabase, type Servers } from './servers.js';

/** What the servers counted so far. */
export interface Counters {
  /** Messages that came in to nats-server, acknowledgements included: `in_msgs` of /varz. */
  natsMessages: number;
  /** Transactions committed in our database: `xact_commit` of pg_stat_database. */
  commits: number;
}

const AccountStatistics = z.object({
  data: z.object({ account_statz: z.array(z.object({ received: z.object({ msgs: z.number() }) })) }),
});

/** A server process of PostgreSQL hands in its counts at once after 1 s of work, and 10 s after it fell idle. */
const countsHandedInMs = 10_500;

/** Reads both counters once all of what was done before is in them, which takes some 11 s. */
export async function readCounters(servers: Servers, url: string): Promise<Counters> {
  await sleep(countsHandedInMs);
  const commits = await onDatabase(url, async (client) => {
    const { rows } = await client.query<{ commits: string }>(
      'select xact_commit as commits from pg_stat_database where datname = current_database()',
    );
    return Number(rows[0]?.commits ?? 0);
  });
  return { commits, natsMessages: await natsMessagesOf(servers) };
}

async function natsMessagesOf(servers: Servers): Promise<number> {
  const answer = await servers.natsConnection.request('$SYS.REQ.ACCOUNT.PING.STATZ', '', { timeout: 2_000 });
  const { data } = AccountStatistics.parse(answer.json());
  return data.account_statz.reduce((sum, account) => sum + account.received.msgs, 0);
}
