import { expect, test } from '@jest/globals';
import { paramsOf } from './job-params.js';

const job = { name: 'isr_3', label: 'isr', workflow: 'w-aaaaaaaaaa', attempt: 2, ordinal: 3, vars: { visit: '17' } };

test('placeholders in the texts of params are filled, in a copy', () => {
  const common = { from: 'raw/{visit}', depth: 3 };
  expect(paramsOf(common, { into: ['out/{name}.{attempt}'] }, job)).toEqual({
    from: 'raw/17',
    depth: 3,
    into: ['out/isr_3.2'],
  });
  expect(common.from).toBe('raw/{visit}');
});

test('params that are no object replace those of the template; none are an empty object', () => {
  expect(paramsOf({ a: 1 }, null, job)).toBeNull();
  expect(paramsOf(null, undefined, job)).toEqual({});
});
