import type { GrantView, SpaceRole } from '#contracts';
import { everySpace, type Grant, type Role, type VisibleSpaces } from '#core';
import type { GivenSpace, GrantHolder, SpaceStore, StoredSpace } from '#engine';
import type { Database, Transaction } from './database.js';
import * as queries from './generated/queries.js';

type SpaceRow = [
  ...[name: string, outputPrefix: string | null, queuedJobs: number | null, runningCores: number | null],
  ...[fileBytes: number | null, logBytes: number | null, createdAt: Date],
];
type GrantRow = [space: string, issuer: string, holder: Grant['holder'], name: string, role: Role];

/** Spaces and grants in PostgreSQL: the statements of sql/queries/space. */
export class PostgresSpaceStore implements SpaceStore {
  constructor(private readonly database: Database) {}

  async book(): Promise<{ spaces: string[]; grants: Grant[] }> {
    const spaces = await this.database.run<[string]>(queries.spaceNames);
    const grants = await this.database.run<GrantRow>(queries.grantBook);
    return { spaces: spaces.map(([name]) => name), grants: grants.map(grantOf) };
  }

  async list(page: { visible: VisibleSpaces; after: string | null; rows: number }): Promise<StoredSpace[]> {
    const { visible, after, rows } = page;
    return (await this.database.run<SpaceRow>(queries.spaceList, [visible, after, rows, null])).map(spaceOf);
  }

  read(name: string): Promise<StoredSpace | null> {
    return readOn(this.database, name);
  }

  async outputPrefixes(): Promise<{ space: string; prefix: string }[]> {
    const rows = await this.database.run<[string, string]>(queries.spacePrefixes);
    return rows.map(([space, prefix]) => ({ space, prefix }));
  }

  write(
    name: string,
    given: GivenSpace,
    options: { dryRun: boolean },
  ): Promise<{ created: boolean; space: StoredSpace }> {
    return this.change(options, async (tx) => {
      const [row] = await tx.run<[boolean]>(queries.spaceWrite, [name, JSON.stringify(given)]);
      const space = await readOn(tx, name);
      if (!space) throw new Error(`space ${name} was just written and is not there`);
      return { created: row?.[0] ?? false, space };
    });
  }

  async grantsOf(space: string, { after, rows: most }: Parameters<SpaceStore['grantsOf']>[1]): Promise<GrantView[]> {
    type Row = [issuer: string, holder: Grant['holder'], name: string, role: SpaceRole, by: string, at: Date];
    const rows = await this.database.run<Row>(queries.grantList, [
      ...[space, after?.issuer ?? null, after?.holder ?? null, after?.name ?? null, most],
    ]);
    return rows.map(([issuer, holder, name, role, grantedBy, at]) => {
      return { issuer, holder, name, role, grantedBy, grantedAt: at.toISOString() };
    });
  }

  async grant(grant: Grant, by: string, options: { dryRun: boolean }): Promise<Role | null | undefined> {
    const [row] = await this.change(options, (tx) =>
      tx.run<[Role | null]>(queries.grantWrite, [...columnsOf(grant), grant.role, by]),
    );
    return row?.[0];
  }

  async revoke(holder: GrantHolder, options: { dryRun: boolean }): Promise<Role | null> {
    const [row] = await this.change(options, (tx) => tx.run<[Role]>(queries.grantRemove, columnsOf(holder)));
    return row?.[0] ?? null;
  }

  async seed(grants: readonly Grant[], by: string): Promise<Grant[]> {
    const named = grants.map(({ space }) => space).filter((space) => space !== everySpace);
    const columns = [
      grants.map(({ space }) => space),
      grants.map(({ issuer }) => issuer),
      grants.map(({ holder }) => holder),
      grants.map(({ name }) => name),
      grants.map(({ role }) => role),
    ];
    return this.database.transaction('seed grants', async (tx) => {
      await tx.run(queries.spaceMake, [[...new Set(named)]]);
      return (await tx.run<GrantRow>(queries.grantSeed, [...columns, by])).map(grantOf);
    });
  }

  private change<T>({ dryRun }: { dryRun: boolean }, work: (tx: Transaction) => Promise<T>): Promise<T> {
    return dryRun ? this.database.rehearsal('change spaces', work) : this.database.transaction('change spaces', work);
  }
}

async function readOn(database: Pick<Transaction, 'run'>, name: string): Promise<StoredSpace | null> {
  const [row] = await database.run<SpaceRow>(queries.spaceList, [null, null, 1, name]);
  return row ? spaceOf(row) : null;
}

const columnsOf = ({ space, issuer, holder, name }: GrantHolder): string[] => [space, issuer, holder, name];

const grantOf = ([space, issuer, holder, name, role]: GrantRow): Grant => ({ space, issuer, holder, name, role });

const spaceOf = ([name, outputPrefix, queuedJobs, runningCores, fileBytes, logBytes, at]: SpaceRow): StoredSpace => {
  return { name, outputPrefix, quotas: { queuedJobs, runningCores, fileBytes, logBytes }, createdAt: at.toISOString() };
};
