import pg from 'pg';

const pollMs = 100;

/** Watches how long the transactions of one database last, from a connection of its own. */
export class LongestTransaction {
  private longestSec = 0;
  private timer: NodeJS.Timeout | null = null;

  private constructor(private readonly client: pg.Client) {}

  static async watch(databaseUrl: string): Promise<LongestTransaction> {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    const watch = new LongestTransaction(client);
    watch.next();
    return watch;
  }

  /** @returns seconds; right to about 0.1 s, since transactions are looked at and not logged. */
  async stop(): Promise<number> {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    await this.client.end();
    return this.longestSec;
  }

  private next(): void {
    this.timer = setTimeout(() => void this.look().then(() => this.timer !== null && this.next()), pollMs);
  }

  private async look(): Promise<void> {
    const { rows } = await this.client.query<{ sec: number }>(
      `select coalesce(max(extract(epoch from clock_timestamp() - xact_start)), 0)::float8 as sec
       from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`,
    );
    this.longestSec = Math.max(this.longestSec, rows[0]?.sec ?? 0);
  }
}
