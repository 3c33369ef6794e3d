import type { LimitCaps, LimitKind, LimitView } from '#contracts';
import { StoreUnavailable, type LimitName, type LimitPlace, type LimitStore } from '#engine';
import type { Database, Transaction } from './database.js';
import * as queries from './generated/queries.js';

/**
 * Who grants, settles or cancels writes to `lease`: while this lock is held no attempt begins or ends, and whoever waited
 * for it sees the limits as they are then, since locks of tables are taken before a statement's snapshot.
 */
const lockLeases = 'lock table lease in share row exclusive mode';

/** Limits are counted one after the other, whoever sets them. Neither takes the snapshot. */
const oneCounts =
  "set transaction isolation level repeatable read; set local lock_timeout = '60s'; " +
  'lock table limit_use in share update exclusive mode';

/** Somebody else removed the limit while it was counted so many times. */
const triesMax = 5;

/** Limits in PostgreSQL: the statements of sql/queries/limit. */
export class PostgresLimitStore implements LimitStore {
  /** One is set after the other: each takes two connections at once. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly database: Database) {}

  async list(asker: Parameters<LimitStore['list']>[0]): Promise<LimitView[]> {
    return (await this.page({ ...asker, after: null, rows: null })).limits;
  }

  async page({ visible, subject, after, rows }: Parameters<LimitStore['page']>[0]): ReturnType<LimitStore['page']> {
    const { kind = null, name = null, id = null } = after ?? {};
    const params = [null, null, visible, subject, kind, name, id, rows];
    const found = await this.database.run<LimitRow>(queries.limitList, params);
    const last = rows === null || found.length < rows ? undefined : found.at(-1);
    return { limits: found.map(viewOf), last: last ? placeOf(last) : null };
  }

  async among(limits: readonly LimitName[]): Promise<LimitView[]> {
    const [kinds, names] = [limits.map(({ kind }) => kind), limits.map(({ name }) => name)];
    const params = [kinds, names, null, null, null, null, null, null];
    return (await this.database.run<LimitRow>(queries.limitList, params)).map(viewOf);
  }

  async read(limit: LimitName): Promise<LimitView | null> {
    return (await this.among([limit]))[0] ?? null;
  }

  set(limit: LimitName, caps: LimitCaps): Promise<LimitView> {
    const turn = this.turn.then(() => this.setNow(limit, caps));
    this.turn = turn.catch(() => undefined);
    return turn;
  }

  async rehearse(limit: LimitName, caps: LimitCaps): Promise<LimitView> {
    const known = await this.read(limit);
    if (known) return { ...known, ...caps };
    const [row] = await this.database.run<CountRow>(queries.limitCount, [limit.kind, limit.name]);
    const [jobs, millicores] = row ?? [0, 0];
    return { ...viewOf([limit.kind, limit.name, null, null, jobs, millicores, 0]), ...caps };
  }

  private async setNow(limit: LimitName, caps: LimitCaps): Promise<LimitView> {
    const stored = [caps.capJobs, caps.capCores === null ? null : Math.round(caps.capCores * 1_000)];
    for (let tries = 0; tries < triesMax; tries += 1) {
      const inForce = (await this.change(limit, stored)) || (await this.count(limit, stored));
      const view = inForce ? await this.read(limit) : null;
      if (view) return view;
    }
    throw new StoreUnavailable('set limit', { cause: new Error('somebody removes it again and again') });
  }

  /** @returns false when the limit is not in force. */
  private async change({ kind, name }: LimitName, caps: readonly (number | null)[]): Promise<boolean> {
    return (await this.database.run(queries.limitChangeCaps, [kind, name, ...caps])).length > 0;
  }

  /** @returns false when somebody removed it meanwhile. */
  private count(limit: LimitName, caps: readonly (number | null)[]): Promise<boolean> {
    const { kind, name } = limit;
    return this.database.transaction(
      'count limit',
      async (asOf) => {
        if (await this.change(limit, caps)) return true; // by who had the lock before
        const begin = async (tx: Transaction): Promise<[id: number, change: string] | undefined> => {
          await asOf.command('select'); // takes the snapshot: under the lock, so that nothing is between it and the beginning
          return (await tx.run<[number, string]>(queries.limitBegin, [kind, name]))[0];
        };
        const begun = await this.database.transaction('begin limit', begin, lockLeases);
        const [ran] = await asOf.run<CountRow>(queries.limitCount, [kind, name]);
        const counted = [...(begun ?? []), ...(ran ?? []), ...caps];
        return (await this.database.run(queries.limitCounted, counted)).length > 0;
      },
      oneCounts,
    );
  }

  async remove({ kind, name }: LimitName): Promise<boolean> {
    const rows = await this.database.run<[number]>(queries.limitRemove, [kind, name]);
    return rows.length > 0;
  }
}

type CountRow = [jobs: number, millicores: number];

type LimitRow = [
  ...[kind: LimitKind, name: string, capJobs: number | null, capMillicores: number | null],
  ...[jobs: number, millicores: number, id: number],
];

const placeOf = ([kind, name, , , , , id]: LimitRow): LimitPlace => ({
  kind,
  name: [...name].slice(0, 500).join(''),
  id,
});

const viewOf = ([kind, name, capJobs, capMillicores, usedJobs, millicores]: LimitRow): LimitView => ({
  ...{ kind, name, capJobs, capCores: capMillicores === null ? null : capMillicores / 1_000 },
  ...{ usedJobs, usedCores: millicores / 1_000 },
});
