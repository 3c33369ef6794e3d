import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { Database, installVerifyMode, migrate } from '#adapter-postgres';
import { startPostgres, type RunningServer } from '#local-stack';
import { copyPrepared } from './prepared-postgres.js';
import { SmallDisk } from './small-disk.js';
import { makeTestFolder, type TestFolder } from './test-folder.js';

/** A database of one test, with the schema in it and nothing else. */
export interface TestDatabase {
  readonly url: string;
  /** Also ends connections that are still open. */
  drop(): Promise<void>;
}

const templateName = 'sluice_template';
/** Five of each service, and what tests look with. */
const connectionsMax = 230;
/** By then every connection has read its configuration anew. */
const reloadMs = 500;

/**
 * A real PostgreSQL with the settings of production but for more connections, for one file of tests: start it in beforeAll, stop it in afterAll.
 * It ends with the Jest process, also when that is killed.
 */
export class TestPostgres {
  private readonly disks: SmallDisk[] = [];

  private constructor(
    private readonly folder: TestFolder,
    private server: RunningServer,
  ) {}

  static async start(): Promise<TestPostgres> {
    const folder = makeTestFolder('postgres');
    const hasTemplate = await copyPrepared(folder.path, async (stateDir) => {
      const made = await TestPostgres.on({ path: stateDir, remove: () => undefined }, false);
      await made.stop();
    });
    return TestPostgres.on(folder, hasTemplate);
  }

  private static async on(folder: TestFolder, hasTemplate: boolean): Promise<TestPostgres> {
    const postgres = new TestPostgres(folder, await startPostgres({ stateDir: folder.path, connectionsMax }));
    try {
      if (!hasTemplate) await postgres.makeTemplate();
    } catch (cause) {
      await postgres.stop();
      throw cause;
    }
    return postgres;
  }

  /**
   * A copy of the migrated template: some 50 ms, where migrating would take ten times as long.
   * @param verifyMode every transition in it is logged
   */
  async createTestDatabase({ verifyMode = false } = {}): Promise<TestDatabase> {
    const name = `test_${randomBytes(6).toString('hex')}`;
    await this.administer(`create database ${name} template ${templateName}`);
    if (verifyMode) await this.using(name, installVerifyMode);
    return { url: this.urlOf(name), drop: () => this.administer(`drop database if exists ${name} with (force)`) };
  }

  /**
   * Stops the server and starts it again at the same address, on the same data. `immediate`: it is cut off without a
   * checkpoint, and replays its log when it comes back.
   */
  async restart(mode: 'fast' | 'immediate' = 'fast'): Promise<void> {
    await this.without(() => Promise.resolve(), mode);
  }

  /** restart(), with `work` done while the server is away. */
  async without<T>(work: () => Promise<T>, mode: 'fast' | 'immediate' = 'fast'): Promise<T> {
    const { port } = this.server;
    if (mode === 'immediate') process.kill(this.pid, 'SIGQUIT');
    await (mode === 'immediate' ? this.server.ended : this.server.stop());
    try {
      return await work();
    } finally {
      this.server = await startPostgres({ stateDir: this.folder.path, port, connectionsMax });
    }
  }

  /** Of the server; of a connection's process pg_stat_activity tells. */
  get pid(): number {
    return Number.parseInt(readFileSync(join(this.server.place, 'postmaster.pid'), 'utf8'));
  }

  /** What it wrote since it was last started. */
  get log(): string {
    return readFileSync(join(this.folder.path, 'logs', 'postgres.log'), 'utf8');
  }

  /** Waits until it has ended by itself. */
  async goesDown(): Promise<void> {
    await this.server.ended;
  }

  /** After goesDown(): on the same data, at the same address. */
  async startAgain(): Promise<void> {
    this.server = await startPostgres({ stateDir: this.folder.path, port: this.server.port, connectionsMax });
  }

  /**
   * Moves a part of its data to a disk of its own, and restarts.
   * @param part such as `pg_wal`; the disk has `roomMib` more than what is there
   */
  async holdOnSmallDisk(part: 'base' | 'pg_wal', roomMib: number): Promise<SmallDisk> {
    return this.without(() => {
      const disk = SmallDisk.hold(join(this.server.place, part), roomMib);
      this.disks.push(disk);
      return Promise.resolve(disk);
    });
  }

  /** The names of the statements of sql/queries that all connections ran while `work` did. */
  async statementsDuring(work: () => Promise<unknown>): Promise<string[]> {
    const log = join(this.folder.path, 'logs', 'postgres.log');
    await this.administer('alter system set log_min_duration_statement = 0');
    await this.administer('select pg_reload_conf()');
    await sleep(reloadMs);
    const from = statSync(log).size;
    try {
      await work();
    } finally {
      await this.administer('alter system reset log_min_duration_statement');
      await this.administer('select pg_reload_conf()');
    }
    const text = readFileSync(log).subarray(from).toString('utf8');
    return [...text.matchAll(/ LOG: {2}duration: \S+ ms {2}execute (\w+):/g)].map(([, statement = '']) => statement);
  }

  async stop(): Promise<void> {
    await this.server.stop();
    for (const disk of this.disks) disk.remove();
    this.folder.remove();
  }

  private async makeTemplate(): Promise<void> {
    await this.administer(`create database ${templateName}`);
    await this.using(templateName, migrate);
  }

  private async using(name: string, work: (database: Database) => Promise<unknown>): Promise<void> {
    const database = await Database.connect({
      url: this.urlOf(name),
      name: 'test-kit',
      connectionsMax: 2, // migrate() holds its lock on one and works on another
      planning: 'free',
    });
    try {
      await work(database);
    } finally {
      await database.close();
    }
  }

  private urlOf(name: string): string {
    return this.server.url.replace(/\/postgres$/, `/${name}`);
  }

  private async administer(command: string): Promise<void> {
    const client = new pg.Client(this.server.url);
    await client.connect();
    try {
      await client.query(command);
    } finally {
      await client.end();
    }
  }
}

/** @see TestPostgres */
export const startTestPostgres = (): Promise<TestPostgres> => TestPostgres.start();
