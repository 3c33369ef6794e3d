import type { LimitCaps, LimitKind, LimitView } from '#contracts';
import type { LimitName, LimitStore } from '#engine';
import type { Database, Transaction } from './database.js';
import * as queries from './generated/queries.js';

/**
 * Who grants, settles or cancels writes to `lease`: while this lock is held no attempt begins or ends, and whoever waited
 * for it sees the limits as they are then, since locks of tables are taken before a statement's snapshot.
 */
const lockLeases = 'lock table lease in share row exclusive mode';

/** Limits in PostgreSQL: the statements of sql/queries/limit. */
export class PostgresLimitStore implements LimitStore {
  constructor(private readonly database: Database) {}

  async list(): Promise<LimitView[]> {
    return (await this.database.run<LimitRow>(queries.limitList, [null, null])).map(viewOf);
  }

  async read({ kind, name }: LimitName): Promise<LimitView | null> {
    const [row] = await this.database.run<LimitRow>(queries.limitList, [[kind], [name]]);
    return row ? viewOf(row) : null;
  }

  set(limit: LimitName, caps: LimitCaps): Promise<LimitView> {
    return this.database.transaction('set limit', (tx) => write(tx, limit, caps), lockLeases);
  }

  rehearse(limit: LimitName, caps: LimitCaps): Promise<LimitView> {
    return this.database.rehearsal('set limit', (tx) => write(tx, limit, caps));
  }

  async remove({ kind, name }: LimitName): Promise<boolean> {
    const rows = await this.database.run<[number]>(queries.limitRemove, [kind, name]);
    return rows.length > 0;
  }
}

async function write(tx: Transaction, { kind, name }: LimitName, { capJobs, capCores }: LimitCaps): Promise<LimitView> {
  const millicores = capCores === null ? null : Math.round(capCores * 1_000);
  const [row] = await tx.run<[number, number, number]>(queries.limitSet, [kind, name, capJobs, millicores]);
  if (!row) throw new Error(`limit ${kind}:${name} is not there after it was set`);
  return viewOf([kind, name, capJobs, millicores, row[1], row[2]]);
}

type LimitRow = [
  ...[kind: LimitKind, name: string, capJobs: number | null, capMillicores: number | null],
  ...[jobs: number, millicores: number],
];

const viewOf = ([kind, name, capJobs, capMillicores, usedJobs, millicores]: LimitRow): LimitView => ({
  ...{ kind, name, capJobs, capCores: capMillicores === null ? null : capMillicores / 1_000 },
  ...{ usedJobs, usedCores: millicores / 1_000 },
});
