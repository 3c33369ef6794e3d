// Goal: a judge with any one of its rules taken out breaks the table of who may do what.
import { describe, expect, test } from '@jest/globals';
import { accessTable, type CoreMutant, mutatedCore } from '#test-kit';

const judged = 'judge';
const mutants: Record<string, CoreMutant> = {
  'a member is anybody': { folder: 'identity', file: judged, from: 'letIf(isMember(rights))', to: 'letIf(true)' },
  'anybody administers the system': {
    folder: 'identity',
    file: judged,
    from: 'letIf(rights.system)',
    to: 'letIf(true)',
  },
  'nobody administers a site': { folder: 'identity', file: judged, from: 'rights.system || ', to: '' },
  'a site speaks for every site': {
    ...{ folder: 'identity', file: judged, from: 'rights.site === resource.site' },
    to: 'rights.site !== null',
  },
  'no list is let': { folder: 'identity', file: judged, from: "policy.of === 'list' ? 'let' : ", to: '' },
  'everything is a list': {
    folder: 'identity',
    file: judged,
    from: "policy.of === 'list'",
    to: "policy.of !== 'body'",
  },
  'what is foreign is refused': { folder: 'identity', file: judged, from: "return 'hide'", to: "return 'refuse'" },
  'what is foreign is let': { folder: 'identity', file: judged, from: "return 'hide'", to: "return 'let'" },
  'what one may not do is hidden': { folder: 'identity', file: judged, from: ": 'refuse')", to: ": 'hide')" },
  'to own is to have a role': {
    folder: 'identity',
    file: judged,
    from: 'role === null)',
    to: 'role === null && !own)',
  },
  'own and foreign are one': { folder: 'identity', file: judged, from: 'own ? ofOwn : any', to: 'any' },
  'all is own': { folder: 'identity', file: judged, from: 'own ? ofOwn : any', to: 'ofOwn' },
  'a reader submits': {
    ...{ folder: 'identity', file: judged, from: "submit: { any: 'submitter', own: 'submitter' }" },
    to: "submit: { any: 'reader', own: 'reader' }",
  },
  'an operator goes on with uploads of others': {
    ...{ folder: 'identity', file: judged, from: "continue: { any: 'administrator'" },
    to: "continue: { any: 'operator'",
  },
  'a submitter operates what is not his': {
    ...{ folder: 'identity', file: judged, from: "operate: { any: 'operator'" },
    to: "operate: { any: 'submitter'",
  },
  'an owner administers': {
    ...{ folder: 'identity', file: judged, from: "administer: { any: 'administrator', own: 'administrator' }" },
    to: "administer: { any: 'administrator', own: 'submitter' }",
  },
  'roles are read backwards': {
    folder: 'identity',
    file: 'role',
    from: '>= roles.indexOf(needed)',
    to: '<= roles.indexOf(needed)',
  },
  'a role is more than itself': {
    folder: 'identity',
    file: 'role',
    from: '>= roles.indexOf(needed)',
    to: '> roles.indexOf(needed)',
  },
  'a role everywhere is none here': { folder: 'identity', file: 'rights', from: 'there ?? everywhere', to: 'there' },
  'the lower of two roles counts': {
    ...{ folder: 'identity', file: 'rights', from: 'return higherRole(there, everywhere)' },
    to: 'return lowerRole(there, everywhere)',
  },
  'a site is no member': { folder: 'identity', file: 'rights', from: ' || site !== null', to: '' },
};

const broken = async (mutant: CoreMutant): Promise<string[]> => {
  const { judge } = await mutatedCore(mutant);
  return accessTable
    .filter(({ rights, policy, resource, expected }) => {
      try {
        return judge(rights, policy, resource) !== expected;
      } catch {
        return true;
      }
    })
    .map(({ says }) => says);
};

describe('the table notices', () => {
  test.each(Object.entries(mutants))('%s', async (_says, mutant) => {
    expect(await broken(mutant)).not.toEqual([]);
  });
});
