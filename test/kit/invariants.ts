import type pg from 'pg';
import { checkParams, queries, type Statement } from '#adapter-postgres';
import { everything, invariants, type Check } from '#engine';

/** A pool or a client. */
export type Queryable = Pick<pg.Pool, 'query'> | Pick<pg.ClientBase, 'query'>;

/** What broke, by invariant, each row as a sentence. Empty: all that could be checked holds. */
export type BrokenInvariants = Record<string, string[]>;

/** Rows of one check that are told. */
const rowsMax = 5;

const statements = new Map<string, Statement>(Object.values(queries).map((query) => [query.name, query]));

/**
 * Checks all invariants on one database, each in one statement. They hold at every commit: it need not be quiet.
 * @param pool a pool or a client, not within a transaction that is broken
 */
export async function checkInvariants(pool: Queryable): Promise<BrokenInvariants> {
  const broken: BrokenInvariants = {};
  for (const { id, checks } of invariants) {
    for (const check of checks) {
      const rows = await brokenRows(pool, check);
      if (rows.length > 0) broken[id] = [...(broken[id] ?? []), ...rows];
    }
  }
  return broken;
}

async function brokenRows(pool: Queryable, { name, scope }: Check): Promise<string[]> {
  const statement = statements.get(name);
  if (!statement) throw new Error(`sql/queries/verify has no ${name}`);
  const values = checkParams(scope, everything, rowsMax);
  const { rows } = await (pool as pg.ClientBase).query<[string | null, number | null, string]>({
    ...statement,
    values,
    rowMode: 'array',
  });
  return rows.map(
    ([workflow, ordinal, wrong]) =>
      `${name}: ${[workflow, ordinal].filter((part) => part !== null).join(':')} ${wrong}`,
  );
}

/** As lines for a test's message. */
export const brokenLines = (broken: BrokenInvariants): string[] =>
  Object.entries(broken).flatMap(([id, rows]) => rows.map((row) => `${id}: ${row}`));
