import { DataSource, type QueryRunner } from 'typeorm';
import type { PoolClient } from 'pg';
import { LineWatch } from './line-watch.js';
import { Store } from './migrations.js';
import { clientFault, storeFault } from './store-fault.js';

/** One statement of sql/queries: named, so that PostgreSQL plans it once per connection. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** A row with its columns in the order of the statement's select list. */
export type Row = unknown[];

/** An open transaction. */
export interface Transaction {
  run<R extends Row>(statement: Statement, params?: readonly unknown[]): Promise<R[]>;
  /** Plain SQL that is not planned ahead: `set local`, `savepoint`. */
  command(text: string): Promise<void>;
  /** The pg client underneath, for COPY. */
  readonly client: PoolClient;
}

/**
 * For the `begin` of transactions whose statements work on a whole chunk, step or range: they may take twice as long as
 * others. @see RELIABILITY section 5
 */
export const bulkTime = "set local statement_timeout = '60s'";

/** How statements are planned. `hot`: by index only, planned once. `free`: as PostgreSQL likes. */
export type Planning = 'hot' | 'free';

export interface DatabaseOptions {
  url: string;
  /** Shown in pg_stat_activity. */
  name: string;
  connectionsMax: number;
  planning: Planning;
  /** The role that its statements run as; not given: the user of the url. */
  role?: string;
  /** Done on a connection before each statement or transaction of ours. */
  arrange?: (client: PoolClient) => Promise<void>;
}

/** What statements that only read need of a Database. */
export type Reads = Pick<Database, 'run' | 'transaction'>;

/**
 * PostgreSQL as our stores see it. TypeORM owns the pool and the transactions; statements run by name on its clients,
 * because TypeORM's own query() would have them planned anew each time.
 */
export class Database {
  private constructor(
    readonly dataSource: DataSource,
    private readonly dataSourceName: string,
    private readonly lines: LineWatch,
    private readonly arrange: DatabaseOptions['arrange'],
  ) {}

  static async connect(options: DatabaseOptions): Promise<Database> {
    const lines = new LineWatch(options.url);
    const dataSource = new DataSource({
      type: 'postgres',
      url: options.url,
      applicationName: options.name,
      entities: [],
      migrations: Store.migrations,
      migrationsTableName: 'migration',
      synchronize: false,
      logging: false,
      poolErrorHandler: () => undefined, // the next query on the pool opens a new connection, or fails with its cause
      extra: {
        max: options.connectionsMax,
        keepAlive: true,
        connectionTimeoutMillis: 10_000,
        onConnect: (client: PoolClient) => lines.add(client),
        options: sessionSettings(options),
      },
    });
    try {
      await dataSource.initialize();
    } catch (cause) {
      lines.close();
      throw clientFault('connect', cause);
    }
    return new Database(dataSource, options.name, lines, options.arrange);
  }

  /** One statement, committed by itself. */
  async run<R extends Row>(statement: Statement, params: readonly unknown[] = []): Promise<R[]> {
    const runner = this.dataSource.createQueryRunner();
    try {
      return await runOn<R>(await this.clientOf(runner), statement, params);
    } catch (cause) {
      throw storeFault(statement.name, cause);
    } finally {
      await runner.release();
    }
  }

  /**
   * Runs `work` in one transaction.
   * @param begin further commands sent together with BEGIN in one round trip, such as a lock.
   * @throws StoreUnavailable (retry: yes) when the connection is lost; it may or may not have committed.
   */
  transaction<T>(name: string, work: (tx: Transaction) => Promise<T>, begin = ''): Promise<T> {
    return this.within({ name, begin, end: 'commit' }, work);
  }

  /** transaction() that is rolled back in the end: what `work` saw and answered was never there for others. */
  rehearsal<T>(name: string, work: (tx: Transaction) => Promise<T>, begin = ''): Promise<T> {
    return this.within({ name, begin, end: 'rollback' }, work);
  }

  async close(): Promise<void> {
    this.lines.close();
    await this.dataSource.destroy();
  }

  get name(): string {
    return this.dataSourceName;
  }

  private async within<T>(
    { name, begin, end }: { name: string; begin: string; end: 'commit' | 'rollback' },
    work: (tx: Transaction) => Promise<T>,
  ): Promise<T> {
    const runner: QueryRunner = this.dataSource.createQueryRunner();
    try {
      const client = await this.clientOf(runner);
      try {
        await command(client, `begin; ${begin}`);
        const result = await work({
          client,
          run: (statement, params = []) => runOn(client, statement, params),
          command: (text) => command(client, text),
        });
        await command(client, end);
        return result;
      } catch (cause) {
        await client.query('rollback').catch(() => undefined); // a lost connection has rolled back by itself
        throw cause;
      }
    } catch (cause) {
      throw storeFault(name, cause);
    } finally {
      await runner.release();
    }
  }

  private async clientOf(runner: QueryRunner): Promise<PoolClient> {
    try {
      const client = (await runner.connect()) as PoolClient;
      await this.arrange?.(client);
      return client;
    } catch (cause) {
      throw clientFault('connect', cause);
    }
  }
}

async function command(client: PoolClient, text: string): Promise<void> {
  try {
    await client.query(text);
  } catch (cause) {
    throw clientFault(text, cause);
  }
}

async function runOn<R extends Row>(
  client: PoolClient,
  statement: Statement,
  params: readonly unknown[],
): Promise<R[]> {
  try {
    const result = await client.query<R>({
      name: statement.name,
      text: statement.text,
      values: params as unknown[],
      rowMode: 'array',
    });
    return result.rows;
  } catch (cause) {
    throw clientFault(statement.name, cause);
  }
}

/** @see DESIGN section 4: a planner's hash join over 16 partitions was six times slower; RELIABILITY section 5. */
function sessionSettings({ planning, role }: Pick<DatabaseOptions, 'planning' | 'role'>): string {
  const settings = [
    'synchronous_commit=on',
    'idle_in_transaction_session_timeout=30s',
    'lock_timeout=5s',
    'statement_timeout=30s',
    // A client that is gone without a word lets go of its locks within 15 s, also in the midst of a statement.
    'client_connection_check_interval=5s',
    'tcp_user_timeout=15s',
    'tcp_keepalives_idle=10',
    'tcp_keepalives_interval=2',
    'tcp_keepalives_count=3',
    'jit=off',
    'timezone=UTC',
  ];
  if (planning === 'hot') {
    settings.push(
      'enable_hashjoin=off',
      'enable_mergejoin=off',
      'enable_seqscan=off',
      'max_parallel_workers_per_gather=0', // what has no index costs so much then that parallel workers would be started
      'plan_cache_mode=force_generic_plan',
    );
  }
  if (role !== undefined) settings.push(`role=${role}`);
  return settings.map((setting) => `-c ${setting}`).join(' ');
}
