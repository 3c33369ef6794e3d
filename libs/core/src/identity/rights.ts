/**
 * What a caller may do, of all that was granted. Owns how grants and the restriction of a token come together.
 * R1: grants of another issuer, subject or group never count. R2: a restricted token may less than its owner, or the same,
 * but for the site that it names. R3: who administers the system has every role in every space.
 */
import { type Caller, localIssuer } from './caller.js';
import type { Grant } from './grant.js';
import { everySpace, higherRole, lowerRole, type Role } from './role.js';

export interface Rights {
  /** Whether the caller administers the system. */
  readonly system: boolean;
  /** The role in every space; null: none. */
  readonly everywhere: Role | null;
  /** Roles by space; where there is one everywhere too, the higher counts. */
  readonly spaces: ReadonlyMap<string, Role>;
  /** The site that a token of its own speaks for; null: none. */
  readonly site: string | null;
}

export const noRights: Rights = { system: false, everywhere: null, spaces: new Map(), site: null };

/** @param granted that may concern the caller; others do no harm */
export function rightsOf(caller: Caller, granted: readonly Grant[]): Rights {
  const { restricted } = caller;
  if (restricted !== null && restricted.site !== null) return { ...noRights, site: restricted.site };
  const whole = wholeRights(caller, granted);
  return restricted === null ? whole : narrowed(whole, restricted);
}

function wholeRights(caller: Caller, granted: readonly Grant[]): Rights {
  if (caller.issuer === localIssuer) return { ...noRights, system: true, everywhere: 'administrator' };
  const spaces = new Map<string, Role>();
  for (const { space, role } of granted.filter((grant) => concerns(grant, caller)))
    spaces.set(space, higherRole(role, spaces.get(space) ?? role));
  const everywhere = spaces.get(everySpace) ?? null;
  spaces.delete(everySpace);
  return { system: everywhere === 'administrator', everywhere, spaces, site: null };
}

export const concerns = ({ issuer, holder, name }: Grant, caller: Caller): boolean =>
  issuer === caller.issuer && (holder === 'subject' ? name === caller.subject : caller.groups.includes(name));

function narrowed(whole: Rights, { spaces: only, role: most }: NonNullable<Caller['restricted']>): Rights {
  const cap = (role: Role): Role => (most === null ? role : lowerRole(role, most));
  const named = only ?? [...whole.spaces.keys()];
  const spaces = new Map<string, Role>();
  for (const space of named) {
    const role = roleIn(whole, space);
    if (role !== null) spaces.set(space, cap(role));
  }
  const everywhere = only === null && whole.everywhere !== null ? cap(whole.everywhere) : null;
  return { system: whole.system && only === null && most === null, everywhere, spaces, site: null };
}

/** The role of a caller in a space; null: what is there is hidden from it. */
export function roleIn({ everywhere, spaces }: Rights, space: string): Role | null {
  const there = spaces.get(space) ?? null;
  if (there === null || everywhere === null) return there ?? everywhere;
  return higherRole(there, everywhere);
}

/** Spaces whose rows a statement may give: by name, or null for all. */
export type VisibleSpaces = readonly string[] | null;

export const visibleSpaces = ({ everywhere, spaces }: Rights): VisibleSpaces =>
  everywhere === null ? [...spaces.keys()].sort() : null;

/** Whether anybody granted the caller anything. */
export const isMember = ({ everywhere, spaces, site }: Rights): boolean =>
  everywhere !== null || spaces.size > 0 || site !== null;
