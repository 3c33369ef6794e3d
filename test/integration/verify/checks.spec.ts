// Goal: every check of `sluice verify` finds what it is there for, names it, and finds nothing where nothing is wrong.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { PostgresVerifyStore } from '#adapter-postgres';
import { invariants, verifyBooks, type Verified } from '#engine';
import { checkInvariants, EngineRig, startTestPostgres, type TestPostgres } from '#test-kit';
import { plantedBreaks, wasUnder, wrote } from './planted-breaks.js';
import { filled, patternOf, someOfEverything, whileBroken, type Numbers } from './some-of-everything.js';

let postgres: TestPostgres;
let rig: EngineRig;
let numbers: Numbers;

beforeAll(async () => {
  postgres = await startTestPostgres();
  rig = await EngineRig.open(postgres);
  numbers = await someOfEverything(rig);
}, 120_000);
afterAll(async () => {
  await rig.close();
  await postgres.stop();
}, 60_000);

test('where everything is right nothing is found', async () => {
  expect(await checkInvariants(rig.client)).toEqual({});
});

test.each(plantedBreaks.map((planted) => [planted.check, planted.says, planted] as const))(
  '%s finds %s',
  async (check, _says, planted) => {
    const broken = await whileBroken(rig, filled(planted.sql, numbers), () => checkInvariants(rig.client));
    const owner = invariants.find(({ checks }) => checks.some(({ name }) => name === check));
    const said = (broken[owner?.id ?? ''] ?? []).filter((row) => row.startsWith(`${check}: `)).join('\n');
    expect(said).toMatch(patternOf(planted.says, numbers));
  },
);

test('every check has a break that it was seen to find', () => {
  const checks = invariants.flatMap((invariant) => invariant.checks.map(({ name }) => name));
  expect(checks.filter((name) => !plantedBreaks.some((planted) => planted.check === name))).toEqual([]);
});

test('events that were dropped for their age are taken as told', async () => {
  const dropped = `
    update outbox set created_at = now() + interval '1 hour';
    delete from outbox where seq < 3;
    update outbox_kept k set from_seq = least(3, c.seq + 1) from event_cursor c where c.partition = k.partition`;
  expect(await whileBroken(rig, dropped, () => checkInvariants(rig.client))).toEqual({});
});

test.each([
  [
    'in all ways to write them',
    wasUnder('/data/Größe 1'),
    wrote('/data/Größe 1/a', 'file:///data/Gr%C3%B6%C3%9Fe%201/b%', '/data/Größe 1/c/'),
  ],
  ['at an address', wasUnder('s3://ann/'), wrote('S3://ann/a')],
  ['under the prefix of then', `${wasUnder('/old')}; ${wasUnder('/new', '2 s')}`, wrote('/old/a')],
  ['anywhere, where that was so then', `${wasUnder(null)}; ${wasUnder('/new', '0 s')}`, wrote('/old/a')],
  ['under a prefix that was noted afterwards only', wasUnder('/new', '0 s'), wrote('/old/a')],
])('outputs that lie right are not named: %s', async (_, were, are) => {
  expect(await whileBroken(rig, filled(`${were}; ${are}`, numbers), () => checkInvariants(rig.client))).toEqual({});
});

test('the books are verified as a whole and by workflow, in steps, and broken rows bear their names', async () => {
  const store = new PostgresVerifyStore(rig.database);
  const verify = async (only: string | null): Promise<Verified[]> => {
    const all: Verified[] = [];
    for await (const verified of verifyBooks(store, only)) all.push(verified);
    return all;
  };
  const { w } = numbers;
  expect((await verify(null)).filter(({ verdict }) => !['ok', 'elsewhere', 'whole'].includes(verdict))).toEqual([]);
  await rig.query('update job_state set parents_left = 2 where workflow_id = $1 and ordinal = 2', [w]);
  try {
    const [[publicId] = []] = await rig.query('select public_id from workflow where id = $1', [w]);
    const wrong = { workflow: publicId, ordinal: 2, name: 'job2', wrong: 'parents_left is 2, unmet edges are 1' };
    for (const only of [null, w]) {
      const broken = (await verify(only)).filter(({ verdict }) => verdict === 'broken');
      expect(broken).toMatchObject([{ invariant: { id: 'I6' }, broken: 1, rows: [wrong] }]);
    }
    expect((await verify(numbers.p)).filter(({ verdict }) => verdict === 'broken')).toEqual([]);
  } finally {
    await rig.query('update job_state set parents_left = 1 where workflow_id = $1 and ordinal = 2', [w]);
  }
});
