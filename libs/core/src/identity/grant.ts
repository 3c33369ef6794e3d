import type { Role } from './role.js';

/** A role in a space, for one subject of an issuer, or for all whom that issuer says to be of a group. */
export interface Grant {
  /** Of one space, or of every one: `*`. */
  readonly space: string;
  readonly issuer: string;
  readonly holder: 'subject' | 'group';
  /** Of the subject or the group, exact. */
  readonly name: string;
  readonly role: Role;
}
