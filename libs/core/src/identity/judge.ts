/**
 * Whether a caller may do what it asks for. Owns the decision, not where rights come from nor how an answer reads.
 * G1: what is in a space where the caller has no role is as if it were not there. G2: what the caller may see and may not
 * do is refused, and it may be told why. G3: to own a thing gives nothing without a role in its space now.
 */
import type { Caller } from './caller.js';
import type { Policy, Right } from './policy.js';
import { isMember, type Rights, roleIn } from './rights.js';
import { includesRole, type Role } from './role.js';

/** `hide`: answer as if it were not there. `refuse`: the caller may see it, and may not do this. */
export type Judgement = 'let' | 'hide' | 'refuse';

/** What a request is about, as far as that is known. */
export interface Resource {
  readonly space?: string;
  /** Whether it is the caller's own. */
  readonly own?: boolean;
  readonly site?: string;
}

/** The role that gives a right on everything in a space, and the one that gives it on one's own. */
export const roleFor: Readonly<Record<Right, { any: Role; own: Role }>> = {
  read: { any: 'reader', own: 'reader' },
  submit: { any: 'submitter', own: 'submitter' },
  operate: { any: 'operator', own: 'submitter' },
  continue: { any: 'administrator', own: 'submitter' },
  administer: { any: 'administrator', own: 'administrator' },
};

export function judge(rights: Rights, policy: Policy, resource: Resource = {}): Judgement {
  switch (policy.kind) {
    case 'open':
    case 'known':
      return 'let';
    case 'member':
      return letIf(isMember(rights));
    case 'system':
      return letIf(rights.system);
    case 'site':
      return letIf(rights.system || rights.site === resource.site);
    case 'space':
      return policy.of === 'list' ? 'let' : inSpace(rights, policy.right, resource);
  }
}

function inSpace(rights: Rights, right: Right, { space, own = false }: Resource): Judgement {
  const role = space === undefined ? null : roleIn(rights, space);
  if (role === null) return 'hide';
  const { any, own: ofOwn } = roleFor[right];
  return letIf(includesRole(role, own ? ofOwn : any));
}

const letIf = (may: boolean): Judgement => (may ? 'let' : 'refuse');

/** Whether a thing of this owner is the caller's. */
export const isOwn = (caller: Caller, owner: { readonly issuer: string; readonly subject: string }): boolean =>
  caller.issuer === owner.issuer && caller.subject === owner.subject;
