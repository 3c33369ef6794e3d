import type { TokenKind, TokenView } from '#contracts';
import type { Role } from '#core';

/** Who owns a token. */
export interface TokenOwner {
  readonly issuer: string;
  readonly subject: string;
}

/** What is kept of a token that is handed out: never its text. */
export interface NewToken {
  kind: TokenKind;
  name: string;
  /** SHA-256 of its text. */
  digest: Uint8Array;
  owner: TokenOwner & { readonly name: string | null; readonly groups: readonly string[] };
  spaces: readonly string[] | null;
  role: Role | null;
  site: string | null;
  days: number;
}

/** A token that was found by its digest. */
export interface KeptToken {
  view: TokenView;
  /** Of its owner, as they were when it was made. */
  groups: readonly string[];
}

/** Tokens that Sluice hands out. */
export interface TokenStore {
  add(token: NewToken): Promise<TokenView>;
  /** @returns also one that does not count any more; null: there is none. */
  find(digest: Uint8Array): Promise<KeptToken | null>;
  /** In the order in which they were made. @param owner null: everybody's @param all those too that do not count any more */
  list(page: { after: string; rows: number; owner: TokenOwner | null; all: boolean }): Promise<TokenView[]>;
  /** Safe to repeat. @param owner null: whoever owns it @returns null: there is none of this owner */
  revoke(id: string, order: { owner: TokenOwner | null; by: string }): Promise<TokenView | null>;
  noteUse(uses: readonly { id: string; agoSec: number }[]): Promise<void>;
  /** Those among them that do not count any more. */
  dead(ids: readonly string[]): Promise<string[]>;
}
