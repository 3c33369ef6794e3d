import { z } from 'zod';
import { SpaceRole } from './space.js';

/**
 * Tokens that Sluice itself hands out. `service`: a program acts for its owner. `pool`: workers of a site register with it.
 * `site`: a site gives orders about itself.
 */
export const TokenKind = z.enum(['service', 'pool', 'site']);
export type TokenKind = z.infer<typeof TokenKind>;

/** Days that a token counts: unless said otherwise, and at most. */
export const tokenDays = { usual: 90, max: 366 } as const;

const spacesMax = 100;
const Name = z
  .string()
  .min(1)
  .max(200)
  .regex(/^\P{C}+$/u, 'visible characters')
  .describe('visible characters');

const base = {
  /** What people know it by. */
  name: Name,
  days: z.int().min(1).max(tokenDays.max).default(tokenDays.usual),
};

/** What a token is asked to be. */
export const TokenRequest = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('service'),
    ...base,
    /** Where it may act; left out: wherever its owner may. */
    spaces: z.array(Name).min(1).max(spacesMax).optional(),
    /** What it may do at most; left out: whatever its owner may. */
    role: SpaceRole.optional(),
  }),
  /** `*`: workers of any site. */
  z.strictObject({ kind: z.literal('pool'), ...base, site: Name }),
  z.strictObject({ kind: z.literal('site'), ...base, site: Name }),
]);
export type TokenRequest = z.infer<typeof TokenRequest>;

/** A token without its text, which nobody has but who it was handed to. Times are the database's, RFC 3339 UTC. */
export const TokenView = z.object({
  id: z.string(),
  kind: TokenKind,
  name: z.string(),
  /** Who made it; a service token acts for them. */
  owner: z.object({ issuer: z.string(), subject: z.string(), name: z.string().nullable() }),
  /** Null: wherever its owner may, or it opens no space. */
  spaces: z.array(z.string()).nullable(),
  /** Null: whatever its owner may, or it has none. */
  role: z.string().nullable(),
  /** Of a pool or site token. */
  site: z.string().nullable(),
  state: z.enum(['live', 'ended', 'revoked']),
  madeAt: z.string(),
  endsAt: z.string(),
  /** To a minute or so; null: never. */
  usedAt: z.string().nullable(),
  revokedAt: z.string().nullable(),
  revokedBy: z.string().nullable(),
});
export type TokenView = z.infer<typeof TokenView>;

/** The only time that the text of a token is told. */
export const TokenMade = z.object({ token: z.string(), view: TokenView });
export type TokenMade = z.infer<typeof TokenMade>;

/** In the order in which they were made. */
export const TokenPage = z.object({ tokens: z.array(TokenView), next: z.string().nullable() });
export type TokenPage = z.infer<typeof TokenPage>;

const flag = z.enum(['true', 'false']).default('false');

/** GET /api/v1/tokens */
export const TokenQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  /** `next` of the page before. */
  cursor: z.string().max(200).optional(),
  /** Those too that have ended or were revoked. */
  all: flag,
  /** Not only the caller's own. */
  everybody: flag,
});
export type TokenQuery = z.infer<typeof TokenQuery>;
