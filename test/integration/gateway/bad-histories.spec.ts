// Goal: every bad input of the list that takes more than one call ends as it says there, and the next good request works.
import { afterAll, expect, test } from '@jest/globals';
import { badHistories } from './bad-histories.js';
import { badInputs } from './bad-inputs.js';
import { call } from './gateway-trial.js';

/** Numbers of the list: B1 to B126. */
const listed = 126;
/** Tried with issuers of tokens, spaces of others and a worker: identity and outputs have trials of their own. */
const elsewhere = ['B66', 'B99', 'B100', 'B101', 'B102', 'B105', 'B106', 'B107', 'B108', 'B109', 'B125'];
let passed = 0;

afterAll(() => void process.stderr.write(`bad histories: ${passed} of ${badHistories.length}\n`));

test('every number of the list is tried, here or elsewhere', () => {
  const here = new Set([...badInputs, ...badHistories, { id: 'B79' }].map(({ id }) => id)); // B79: test/long/slow-clients.spec.ts
  const all = Array.from({ length: listed }, (_, at) => `B${at + 1}`);
  expect(all.filter((id) => here.has(id) === elsewhere.includes(id))).toEqual([]);
  process.stderr.write(`numbers of the list tried here: ${here.size}, elsewhere: ${elsewhere.length}, of ${listed}\n`);
});

test.each(badHistories.map((history) => [history.id, history.what, history] as const))(
  '%s %s',
  async (_, __, { play, is }) => {
    expect(await play()).toEqual(is);
    expect((await call('GET', '/health/live')).status).toBe(200);
    passed += 1;
  },
  400_000,
);
