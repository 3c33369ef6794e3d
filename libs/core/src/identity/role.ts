/** What one may do in a space: each includes those before it. */
export const roles = ['reader', 'submitter', 'operator', 'administrator'] as const;
export type Role = (typeof roles)[number];

/** In place of a space: a grant of it counts in every space, and its administrator administers the system. */
export const everySpace = '*';

/** @returns whether who has one role may what another asks for */
export const includesRole = (has: Role, needed: Role): boolean => roles.indexOf(has) >= roles.indexOf(needed);

export const lowerRole = (one: Role, other: Role): Role => (includesRole(one, other) ? other : one);
export const higherRole = (one: Role, other: Role): Role => (includesRole(one, other) ? one : other);
