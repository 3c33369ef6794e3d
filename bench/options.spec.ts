import { expect, test } from '@jest/globals';
import { readCommand, UsageError } from './options.js';

test('a scenario alone gets the defaults', () => {
  const { scenario, options, json } = readCommand(['e2e']);
  expect({ scenario, json, jobs: options.jobs, pairs: options.pairs }).toEqual({
    scenario: 'e2e',
    json: null,
    jobs: null,
    pairs: 5,
  });
});

test('numbers are read, and anything else is refused', () => {
  expect(readCommand(['e2e', '--jobs', '1000', '--pairs', '2']).options).toMatchObject({ jobs: 1_000, pairs: 2 });
  for (const args of [[], ['e2e', 'idle'], ['e2e', '--jobs', '0'], ['e2e', '--jobs', '1e3x'], ['e2e', '--fast']]) {
    expect(() => readCommand(args)).toThrow(UsageError);
  }
});
