/**
 * I29: no transaction of ours is older than 5 s, and so no lock of ours: a look every half second, from outside. Asked only
 * while a trial runs: nothing of it is in any table.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const everyMs = 500;
const shownChars = 120;

interface Sighting {
  pid: number;
  service: string;
  state: string;
  sec: number;
  text: string;
}

/** Looks at the transactions of services, for as long as PostgreSQL is there. */
export class TransactionWatch {
  /** The oldest that was seen of each, by process and beginning. */
  private readonly oldest = new Map<string, Sighting>();
  private stopped = false;
  private readonly ended: Promise<void>;

  /** @param url of the database itself: no line on the way breaks it */
  constructor(private readonly url: string) {
    this.ended = this.run();
  }

  /** The oldest transaction that was seen, in seconds. */
  get oldestSec(): number {
    return Math.max(0, ...[...this.oldest.values()].map(({ sec }) => sec));
  }

  /** A sentence for each transaction that was seen to be older. */
  faults(secMax: number): string[] {
    return [...this.oldest.values()]
      .filter(({ sec }) => sec > secMax)
      .map(
        ({ service, state, sec, text }) =>
          `I29: ${service} had a transaction for ${sec.toFixed(1)} s, ${state}: ${text}`,
      );
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.ended;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      await this.lookOn().catch(() => undefined); // PostgreSQL is away: who is connected then is seen when it is back
      if (!this.stopped) await sleep(everyMs);
    }
  }

  private async lookOn(): Promise<void> {
    const client = new pg.Client({ connectionString: this.url, application_name: 'transaction-watch' });
    client.on('error', () => undefined); // the query fails with it
    try {
      await client.connect();
      for (; !this.stopped; await sleep(everyMs)) {
        const { rows } = await client.query<Sighting & { key: string }>(openText, [shownChars]);
        for (const { key, ...seen } of rows) this.oldest.set(key, seen);
      }
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

/** Of services only: workers have no connection, and tests name themselves otherwise. */
const openText = `
  select
    pid || ' ' || xact_start as key, pid, application_name as service, state,
    extract(epoch from clock_timestamp() - xact_start)::float8 as sec,
    left(regexp_replace(query, '\\s+', ' ', 'g'), $1) as text
  from pg_stat_activity
  where datname = current_database() and application_name like 'sluice-%' and backend_type = 'client backend'
    and xact_start < clock_timestamp() - interval '1 second'`;
