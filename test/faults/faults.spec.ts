// Goal: what fails is survived, on every commit, in a short set of rows; `npm run test:faults -- --all` runs every one.
import { afterAll, expect, test } from '@jest/globals';
import { faultPoints } from '#faultpoint';
import { closingLines, Runner, unhitPoints, type RowResult } from './runner.js';
import { rows } from './rows/index.js';

const seed = Number(process.env['SEED'] ?? 20_260_101);
const rowMsMax = 300_000;
const results: RowResult[] = [];
const runner = new Runner((line) => process.stdout.write(`${line}\n`), false);
afterAll(() => runner.stop(), 60_000);

test.each(rows.filter(({ inCi }) => inCi))(
  '$id is survived: $title',
  async (row) => {
    const result = await runner.run(row, seed);
    results.push(result);
    if (result.fault !== null) throw result.fault;
  },
  rowMsMax,
);

test('every row has an id of its own, and every fault point a row that hits it', () => {
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  expect(unhitPoints(rows)).toEqual([]);
  expect(faultPoints.length).toBeGreaterThan(0);
});

test('nothing was lost, counted twice, counted too late or killed by mistake', () => {
  process.stdout.write(`${closingLines(results)}\n`);
  for (const { row, counters } of results) {
    expect([row.id, counters]).toMatchObject([
      row.id,
      { jobsLost: 0, appliedTwice: 0, staleApplied: 0, wrongKills: 0 },
    ]);
  }
});
