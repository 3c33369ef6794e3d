import { createHash, randomBytes } from 'node:crypto';
import type { TokenKind } from '#contracts';

/** 256 bits: nobody finds a token by trying, so a plain digest of it is enough to keep. */
const secretBytes = 32;

/** So that scanners of code and logs recognise one that was left lying about. */
const tokenShape = /^sluice_(service|pool|site)_[\w-]{43}$/;

/** The text of a token that is handed out; kept nowhere. */
export const makeTokenText = (kind: TokenKind): string =>
  `sluice_${kind}_${randomBytes(secretBytes).toString('base64url')}`;

/** Which kind a text claims to be; null: it is no token of ours. */
export const kindOfToken = (text: string): TokenKind | null =>
  (tokenShape.exec(text)?.[1] as TokenKind | undefined) ?? null;

export const digestOfToken = (text: string): Buffer => createHash('sha256').update(text).digest();
