// Goal: what the SQL's guards promise holds in every order of steps, within the bounds of the models; and each guard is
// needed. Skipped, and said so, only where there is no C compiler or no Spin can be had.
import { expect, test } from '@jest/globals';
import { findSpin, modelsLeftOut } from './find-spin.js';
import { models } from './models.js';
import { readSearch, searchModel } from './search-model.js';

const spin = await findSpin();
if ('missing' in spin) console.warn(`no model is searched: ${spin.missing}`);
const searchMsMax = 120_000;
const searched = (name: string, search: (found: Exclude<typeof spin, { missing: string }>) => Promise<void>): void => {
  if ('missing' in spin) test.skip(name, () => undefined);
  else test(name, () => search(spin), searchMsMax);
};

for (const { name, bounds, mutants } of models) {
  searched(`${name}: what it promises holds in every order of its steps`, async (found) => {
    const { violation, ...search } = await searchModel(found, name, bounds.ci);
    expect(violation).toBeNull();
    expect(search).toMatchObject({ errors: 0, isComplete: true });
    expect(search.states).toBeGreaterThan(10_000); // of a model that gets nowhere anything holds
  });
  for (const mutant of mutants.filter(({ inCi }) => inCi)) {
    searched(`${name}: without its guard ${mutant.name} is found out`, async (found) => {
      const search = await searchModel(found, name, [mutant.name, ...mutant.bounds]);
      expect(search).toMatchObject({ errors: 1, violation: { text: expect.stringContaining('assertion violated') } });
    });
  }
}

test('models are searched here, unless there is no compiler or this is no CI', () => {
  expect(modelsLeftOut(spin)).toBeNull();
});

test('CI fails when no Spin is found beside a compiler, and only then', () => {
  const missing = { missing: 'there is no spin on PATH' };
  expect(modelsLeftOut(missing, { inCi: true, hasCompiler: true })).toContain('there is no spin on PATH');
  expect(modelsLeftOut(missing, { inCi: false, hasCompiler: true })).toBeNull();
  expect(modelsLeftOut(missing, { inCi: true, hasCompiler: false })).toBeNull();
  expect(modelsLeftOut({ path: 'spin', compiler: 'cc' }, { inCi: true, hasCompiler: true })).toBeNull();
});

test('a search that was cut short is not taken for a complete one', () => {
  const report = 'State-vector 8 byte, depth reached 9, errors: 0\n 1.5e+06 states, stored\n';
  expect(readSearch(report, '')).toEqual({ states: 1_500_000, errors: 0, isComplete: true, violation: null });
  expect(readSearch(`Warning: Search not completed\n${report}`, '').isComplete).toBe(false);
  expect(readSearch(`error: max search depth too small\n${report}`, '').isComplete).toBe(false);
  expect(() => readSearch('pan: cannot open a file', '')).toThrow('no report of a search');
});
