import { describe, expect, test } from '@jest/globals';
import type { Caller, Restriction } from './caller.js';
import type { Grant } from './grant.js';
import { isMember, rightsOf, roleIn, visibleSpaces } from './rights.js';
import type { Role } from './role.js';

const issuer = 'https://iam.example';

const callerOf = (more: Partial<Caller> = {}): Caller => ({
  ...{ issuer, subject: 'ann', name: null, kind: 'user', groups: [], restricted: null },
  ...more,
});
const toSubject = (space: string, role: Role, name = 'ann'): Grant => ({
  space,
  issuer,
  holder: 'subject',
  name,
  role,
});
const toGroup = (space: string, role: Role, name: string): Grant => ({ space, issuer, holder: 'group', name, role });
const restricted = (more: Partial<Restriction>): Caller =>
  callerOf({ restricted: { spaces: null, role: null, site: null, ...more } });

describe('what counts for a caller', () => {
  test('its own grants and those of its groups, of each space the highest', () => {
    const caller = callerOf({ groups: ['/rubin', '/rubin/ops'] });
    const rights = rightsOf(caller, [
      toSubject('a', 'reader'),
      toGroup('a', 'operator', '/rubin/ops'),
      toGroup('a', 'submitter', '/rubin'),
      toGroup('b', 'submitter', '/rubin'),
    ]);
    expect([...rights.spaces]).toEqual([
      ['a', 'operator'],
      ['b', 'submitter'],
    ]);
    expect(rights).toMatchObject({ system: false, everywhere: null, site: null });
    expect(visibleSpaces(rights)).toEqual(['a', 'b']);
  });

  test.each<[string, Grant]>([
    ['of another issuer', { ...toSubject('a', 'reader'), issuer: 'https://other.example' }],
    ['of an issuer with a / more', { ...toSubject('a', 'reader'), issuer: `${issuer}/` }],
    ['to another subject', toSubject('a', 'reader', 'Ann')],
    ['to a subject named as its group', toSubject('a', 'reader', '/rubin/ops')],
    ['to a group named as itself', toGroup('a', 'reader', 'ann')],
    ['to the parent of its group', toGroup('a', 'reader', '/rubin')],
    ['to a child of its group', toGroup('a', 'reader', '/rubin/ops/night')],
  ])('not a grant %s', (_what, grant) => {
    const rights = rightsOf(callerOf({ groups: ['/rubin/ops'] }), [grant]);
    expect([rights.spaces.size, isMember(rights), visibleSpaces(rights)]).toEqual([0, false, []]);
  });

  test('a name is nothing: two people called alike are two', () => {
    expect(isMember(rightsOf(callerOf({ name: 'bob' }), [toSubject('a', 'reader', 'bob')]))).toBe(false);
  });
});

describe('every space', () => {
  test('who administers every space administers the system', () => {
    const rights = rightsOf(callerOf(), [toSubject('*', 'administrator')]);
    expect(rights).toMatchObject({ system: true, everywhere: 'administrator' });
    expect([roleIn(rights, 'any'), visibleSpaces(rights)]).toEqual(['administrator', null]);
  });

  test('a lower role everywhere sees everything and administers nothing', () => {
    const rights = rightsOf(callerOf(), [toSubject('*', 'reader'), toSubject('a', 'operator')]);
    expect(rights.system).toBe(false);
    expect([roleIn(rights, 'a'), roleIn(rights, 'b'), visibleSpaces(rights)]).toEqual(['operator', 'reader', null]);
  });

  test('a lower role in one space takes nothing away', () => {
    const rights = rightsOf(callerOf(), [toSubject('*', 'operator'), toSubject('a', 'reader')]);
    expect(roleIn(rights, 'a')).toBe('operator');
  });

  test('the local user may everything, and no grant is needed', () => {
    const rights = rightsOf(callerOf({ issuer: 'local', subject: 'operator' }), []);
    expect(rights).toMatchObject({ system: true, everywhere: 'administrator', site: null });
  });
});

describe('a restricted token', () => {
  const whole = [toSubject('*', 'administrator'), toSubject('a', 'operator')];

  test('of some spaces sees no others, and is no administrator of the system', () => {
    const rights = rightsOf(restricted({ spaces: ['a'] }), whole);
    expect(rights).toMatchObject({ system: false, everywhere: null });
    expect([roleIn(rights, 'a'), roleIn(rights, 'b'), visibleSpaces(rights)]).toEqual(['administrator', null, ['a']]);
  });

  test('of a role has at most that one, everywhere', () => {
    const rights = rightsOf(restricted({ role: 'submitter' }), whole);
    expect(rights.system).toBe(false);
    expect([roleIn(rights, 'a'), roleIn(rights, 'b')]).toEqual(['submitter', 'submitter']);
  });

  test('gives no role that its owner does not have', () => {
    const rights = rightsOf(restricted({ spaces: ['a', 'b'], role: 'administrator' }), [toSubject('a', 'reader')]);
    expect([...rights.spaces]).toEqual([['a', 'reader']]);
  });

  test('of no space has nothing', () => {
    expect(isMember(rightsOf(restricted({ spaces: [] }), whole))).toBe(false);
  });

  test('of a site speaks for that site and for nothing else', () => {
    const rights = rightsOf(restricted({ site: 'USDF' }), whole);
    expect(rights).toMatchObject({ system: false, everywhere: null, site: 'USDF' });
    expect([rights.spaces.size, visibleSpaces(rights)]).toEqual([0, []]);
  });

  test('of the local user is restricted too', () => {
    const restriction = { spaces: ['a'], role: 'reader', site: null } as const;
    const rights = rightsOf(callerOf({ issuer: 'local', restricted: restriction }), []);
    expect([rights.system, rights.everywhere, roleIn(rights, 'a'), roleIn(rights, 'b')]).toEqual([
      ...[false, null, 'reader', null],
    ]);
  });
});
