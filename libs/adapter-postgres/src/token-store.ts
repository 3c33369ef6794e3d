import type { TokenKind, TokenView } from '#contracts';
import type { KeptToken, NewToken, TokenOwner, TokenStore } from '#engine';
import type { Database } from './database.js';
import * as queries from './generated/queries.js';

/** Tokens in PostgreSQL: the statements of sql/queries/token. */
export class PostgresTokenStore implements TokenStore {
  constructor(private readonly database: Database) {}

  async add({ kind, name, digest, owner, spaces, role, site, days }: NewToken): Promise<TokenView> {
    const [row] = await this.database.run<TokenRow>(queries.tokenAdd, [
      ...[kind, name, Buffer.from(digest), owner.issuer, owner.subject, owner.name, owner.groups],
      ...[spaces, role, site, days],
    ]);
    if (!row) throw new Error('a token was stored and came to nothing');
    return viewOf(row);
  }

  async find(digest: Uint8Array): Promise<KeptToken | null> {
    const [row] = await this.database.run<TokenRow>(queries.tokenByDigest, [Buffer.from(digest)]);
    return row ? { view: viewOf(row), groups: row[6] } : null;
  }

  async list(page: { after: string; rows: number; owner: TokenOwner | null; all: boolean }): Promise<TokenView[]> {
    const { after, rows, owner, all } = page;
    const params = [after, rows, owner?.issuer ?? null, owner?.subject ?? null, all];
    return (await this.database.run<TokenRow>(queries.tokenList, params)).map(viewOf);
  }

  async revoke(id: string, { owner, by }: { owner: TokenOwner | null; by: string }): Promise<TokenView | null> {
    const params = [id, owner?.issuer ?? null, owner?.subject ?? null, by];
    const [row] = await this.database.run<TokenRow>(queries.tokenRevoke, params);
    return row ? viewOf(row) : null;
  }

  async noteUse(uses: readonly { id: string; agoSec: number }[]): Promise<void> {
    await this.database.run(queries.tokenNoteUse, [uses.map(({ id }) => id), uses.map(({ agoSec }) => agoSec)]);
  }

  async dead(ids: readonly string[]): Promise<string[]> {
    return (await this.database.run<[string]>(queries.tokenDead, [ids])).map(([id]) => id);
  }
}

type TokenRow = [
  ...[id: string, kind: TokenKind, name: string, issuer: string, subject: string, ownerName: string | null],
  ...[groups: string[], spaces: string[] | null, role: string | null, site: string | null, madeAt: Date, endsAt: Date],
  ...[usedAt: Date | null, revokedAt: Date | null, revokedBy: string | null, ended: boolean],
];

function viewOf(row: TokenRow): TokenView {
  const [id, kind, name, issuer, subject, ownerName, , spaces, role, site, madeAt, endsAt, ...rest] = row;
  const [usedAt, revokedAt, revokedBy, ended] = rest;
  return {
    ...{ id, kind, name, owner: { issuer, subject, name: ownerName }, spaces, role, site },
    state: revokedAt ? 'revoked' : ended ? 'ended' : 'live',
    ...{ madeAt: madeAt.toISOString(), endsAt: endsAt.toISOString(), usedAt: usedAt?.toISOString() ?? null },
    ...{ revokedAt: revokedAt?.toISOString() ?? null, revokedBy },
  };
}
