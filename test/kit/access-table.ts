/** Who may do what, written by hand and apart from judge(): what it is held to, and what its mutants must break. */
import { type Judgement, noRights, type Policy, type Resource, type Right, type Rights, type Role } from '#core';

export interface AccessCell {
  says: string;
  rights: Rights;
  policy: Policy;
  resource: Resource;
  expected: Judgement;
}

const rank: Record<Role, number> = { reader: 1, submitter: 2, operator: 3, administrator: 4 };
const allRoles = Object.keys(rank) as Role[];

/** Lowest role that is let: with everything in a space, and with what is one's own. */
const lowest: Record<Right, { any: Role; own: Role }> = {
  read: { any: 'reader', own: 'reader' },
  submit: { any: 'submitter', own: 'submitter' },
  operate: { any: 'operator', own: 'submitter' },
  continue: { any: 'administrator', own: 'submitter' },
  administer: { any: 'administrator', own: 'administrator' },
};
const allRights = Object.keys(lowest) as Right[];

const inSpace = (role: Role): Rights => ({ ...noRights, spaces: new Map([['s', role]]) });
const everywhere = (role: Role): Rights => ({ ...noRights, everywhere: role, system: role === 'administrator' });
const ofSite: Rights = { ...noRights, site: 'USDF' };

const holders: [string, Rights][] = [
  ['nobody', noRights],
  ['a site', ofSite],
  ...allRoles.map((role): [string, Rights] => [`${role} of s`, inSpace(role)]),
  ...allRoles.map((role): [string, Rights] => [`${role} everywhere`, everywhere(role)]),
];

function* spaceCells(): Generator<AccessCell> {
  for (const right of allRights)
    for (const of of ['workflow', 'body', 'address', 'list'] as const)
      for (const [who, rights] of holders)
        for (const own of [false, true])
          for (const space of ['s', 'other', undefined]) {
            const policy: Policy = { kind: 'space', right, of };
            const resource = { own, ...(space !== undefined && { space }) };
            const says = `${who}, ${right} ${of} of ${space ?? 'no space'}${own ? ', own' : ''}`;
            const needed = lowest[right][own ? 'own' : 'any'];
            const has = space === undefined ? null : (rights.everywhere ?? (space === 's' && rights.spaces.get('s')));
            const inIt: Judgement = !has ? 'hide' : rank[has] >= rank[needed] ? 'let' : 'refuse';
            yield { says, rights, policy, resource, expected: of === 'list' ? 'let' : inIt };
          }
}

/** Whom policies let in that name no space. */
const letIn: Record<Exclude<Policy['kind'], 'space'>, (who: string) => boolean> = {
  open: () => true,
  known: () => true,
  member: (who) => who !== 'nobody',
  system: (who) => who === 'administrator everywhere',
  site: (who) => who === 'administrator everywhere',
};

function* otherCells(): Generator<AccessCell> {
  for (const kind of Object.keys(letIn) as (keyof typeof letIn)[])
    for (const [who, rights] of holders)
      for (const site of ['USDF', 'usdf', 'FrDF', undefined]) {
        const may = letIn[kind](who) || (kind === 'site' && who === 'a site' && site === 'USDF');
        const resource = site === undefined ? {} : { site };
        const says = `${who}, ${kind}${site === undefined ? '' : ` at ${site}`}`;
        yield { says, rights, policy: { kind }, resource, expected: may ? 'let' : 'refuse' };
      }
}

/** One who has a role everywhere and another in the space has the higher of the two. */
function* twoRoles(): Generator<AccessCell> {
  for (const here of allRoles)
    for (const there of allRoles) {
      const rights = { ...everywhere(there), spaces: new Map([['s', here]]) };
      const policy: Policy = { kind: 'space', right: 'operate', of: 'workflow' };
      const expected = Math.max(rank[here], rank[there]) >= rank.operator ? 'let' : 'refuse';
      yield { says: `${here} of s, ${there} everywhere`, rights, policy, resource: { space: 's' }, expected };
    }
}

export const accessTable: readonly AccessCell[] = [...spaceCells(), ...otherCells(), ...twoRoles()];
