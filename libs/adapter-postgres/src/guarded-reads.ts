/**
 * Owns which of two ways a read takes to PostgreSQL: as our own user, or as role sluice_reader behind row-level security.
 *
 * G1  A read that is made for somebody who does not see every space runs as the reader, with that one's spaces in the session.
 * G2  A read outside of readingFor() is a bug, and fails.
 * G3  What a session says is compared before each statement: connections go from one asker to the next.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { PoolClient } from 'pg';
import type { VisibleSpaces } from '#core';
import { texts } from './array-literal.js';
import { Database, type Reads, type Row, type Statement, type Transaction } from './database.js';
import * as queries from './generated/queries.js';

/** See guard_reads() of the schema. */
const readerRole = 'sluice_reader';

interface Reading {
  readonly visible: VisibleSpaces;
  /** Id of the workflow that is asked for; '': of none, or of several. */
  workflow: string;
}

const readings = new AsyncLocalStorage<Reading>();
/** What the session of a connection says. */
const said = new WeakMap<PoolClient, string>();

/** Runs `work`, whose reads are for somebody who sees these spaces; null: all. */
export const readingFor = <T>(visible: VisibleSpaces, work: () => T): T =>
  readings.run({ visible, workflow: '' }, work);

/** Reads that follow are mostly about this one: its rows cost no look-up each. Nobody sees more for it. */
export function readingAbout(workflow: string): void {
  const reading = readings.getStore();
  if (reading) reading.workflow = workflow;
}

/** Reads of people and programs. @see G1 */
export class GuardedReads implements Reads {
  private reader: Promise<Database> | null = null;

  /** @param open null: there is no wall, all reads run as our own user */
  private constructor(
    private readonly all: Database,
    private readonly open: (() => Promise<Database>) | null,
  ) {}

  /**
   * @param all as our own user
   * @param options of the connections as the reader, which are opened when the first is needed
   */
  static async behind(
    all: Database,
    options: { url: string; name: string; connectionsMax: number },
  ): Promise<GuardedReads> {
    const [row] = await all.run<[boolean]>(queries.readerGuards);
    const isGuarded = row?.[0] ?? false;
    const open = (): Promise<Database> =>
      Database.connect({ ...options, planning: 'free', role: readerRole, arrange: tellSession });
    return new GuardedReads(all, isGuarded ? open : null);
  }

  get isGuarded(): boolean {
    return this.open !== null;
  }

  async run<R extends Row>(statement: Statement, params: readonly unknown[] = []): Promise<R[]> {
    return (await this.database()).run<R>(statement, params);
  }

  async transaction<T>(name: string, work: (tx: Transaction) => Promise<T>, begin = ''): Promise<T> {
    return (await this.database()).transaction(name, work, begin);
  }

  async close(): Promise<void> {
    const reader = await this.reader?.catch(() => null);
    await reader?.close();
  }

  private async database(): Promise<Database> {
    const { visible } = reading(); // G2
    if (visible === null || this.open === null) return this.all;
    this.reader ??= this.open();
    try {
      return await this.reader;
    } catch (fault) {
      this.reader = null; // the next read tries again
      throw fault;
    }
  }
}

function reading(): Reading {
  const found = readings.getStore();
  if (!found) throw new Error('a read for nobody: it has to be made within readingFor()');
  return found;
}

/** Tells a connection's session for whom it reads, where it says something else. @see G3 */
async function tellSession(client: PoolClient): Promise<void> {
  const { visible, workflow } = reading();
  const spaces = texts(visible ?? []);
  const says = `${workflow} ${spaces}`;
  if (said.get(client) === says) return;
  said.delete(client);
  const { name, text } = queries.readerSession;
  await client.query({ name, text, values: [spaces, workflow] });
  said.set(client, says);
}
