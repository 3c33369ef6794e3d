import type { Role } from './role.js';

/** Who calls. Known by issuer and subject together, never by a name. */
export interface Caller {
  readonly issuer: string;
  readonly subject: string;
  /** For showing only. */
  readonly name: string | null;
  readonly kind: 'user' | 'service' | 'site';
  /** As the issuer said them, exact: a child group does not imply its parent. */
  readonly groups: readonly string[];
  /** Of a token that may do less than its owner; null: all that the owner may. */
  readonly restricted: Restriction | null;
  /** When the token ends, RFC 3339 UTC; left out: it does not, or nobody said. */
  readonly tokenEndsAt?: string;
}

/** What a token may at most. */
export interface Restriction {
  /** Only in these spaces; null: in all that its owner sees. */
  readonly spaces: readonly string[] | null;
  /** At most this role; null: the owner's. */
  readonly role: Role | null;
  /** Orders about this site, which the owner might not give; null: none. */
  readonly site: string | null;
}

/** Issuer of the one local user, for whom the stack's own token stands. */
export const localIssuer = 'local';

/** The local user where nobody said whose a workflow is. */
export const localSubject = 'operator';

/**
 * A user in names of shares, limits and classes, and as people read whose a workflow is: a local one by subject, any other
 * with its issuer behind an `@`. The same as owner_name() of the schema.
 */
export const ownerName = ({ issuer, subject }: Pick<Caller, 'issuer' | 'subject'>): string =>
  issuer === localIssuer ? subject : `${subject}@${issuer}`;
