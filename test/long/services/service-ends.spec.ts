// Goal: any service may be killed or told to stop under load; what it had in hand is done by another, or by its next life.
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { TestStack, until } from '#test-kit';

const jobs = 20_000;
const noop = { transform: 'noop', resources: { cores: 1, memoryMib: 1 } };
/** A batch whose verdict was lost is sent again after so long: here 5 s, by default 30 s. */
const flags = ['--resend-sec', '5'];
const takeOverMsMax = 5_000;
const drainMsMax = 10_000;

let stack: TestStack;

beforeAll(async () => {
  stack = await TestStack.start({ gateways: 2, transformers: 2, brokers: 2 });
}, 60_000);
afterEach(() => stack.stopWorkers(), 30_000);
afterAll(() => stack.stop(), 60_000);

/** A workflow of which a tenth has finished, with two workers at each gateway. */
async function halfway(name: string): Promise<string> {
  const id = await stack.submit(name, { jobs, template: noop });
  await Promise.all([0, 1, 0, 1].map((gateway, no) => stack.startWorker(`worker-${no}`, flags, { gateway })));
  await until('a tenth has finished', 20_000, async () => (await stack.finished(id)) >= jobs / 10);
  expect(await stack.finished(id)).toBeLessThan(jobs);
  return id;
}

async function endsWhole(id: string): Promise<void> {
  const { others, ...books } = await stack.end(id, 60_000);
  expect(books).toEqual({ state: 'done', jobs, finished: jobs, failed: 0, notOnce: 0, open: 0, deadLetters: 0 });
  expect(others).toEqual({});
}

test(
  'two gateways and two brokers at once: no job is granted twice, all finish',
  () =>
    stack.explained(async () => {
      await endsWhole(await halfway('pairs'));
      const [{ twice } = { twice: -1 }] = await stack.rows<{ twice: number }>(
        `select count(*)::int as twice from (
        select from lease l cross join lateral unnest(l.workflow_ids, l.ordinals, l.attempts) as g(w, o, a)
        group by g.w, g.o, g.a having count(*) > 1
      ) d`,
      );
      expect(twice).toBe(0);
    }),
  120_000,
);

test.each(['transformer-1', 'broker-1', 'gateway-1'])(
  '%s killed in the middle: all finish',
  (name) =>
    stack.explained(async () => {
      const id = await halfway(name);
      const { starts } = stack.service(name);
      await stack.service(name).kill();
      await endsWhole(id);
      await until(`${name} runs again`, 10_000, () => stack.service(name).starts === starts + 1);
    }),
  120_000,
);

test.each(['gateway-2', 'broker-2', 'transformer-2'])(
  '%s told to stop in the middle: it drains within 10 s and ends with 0, all finish',
  (name) =>
    stack.explained(async () => {
      const id = await halfway(name);
      const sinceMs = performance.now();
      const code = await stack.service(name).stop();
      expect(performance.now() - sinceMs).toBeLessThan(drainMsMax);
      expect(code).toBe(0);
      await stack.service(name).startAgain();
      await endsWhole(id);
    }),
  120_000,
);

test(
  'of two transformers one is gone for good: the other has all its partitions within 5 s',
  () =>
    stack.explained(async () => {
      await until('they share', 10_000, async () => (await owners()).length === 2);
      const id = await halfway('taken over');
      await stack.service('transformer-1').stop('SIGKILL');
      await until('one has all', takeOverMsMax, async () => (await owners()).join() === '16');
      await endsWhole(id);
    }),
  120_000,
);

/** Partitions of each transformer, by PostgreSQL's locks. */
async function owners(): Promise<number[]> {
  const rows = await stack.rows<{ partitions: number }>(
    `select count(*)::int as partitions from pg_locks l
      join pg_stat_activity a on a.pid = l.pid and a.application_name = 'sluice-transformer'
      where l.locktype = 'advisory' and l.classid = 7368698 and l.objid < 16 and l.granted
      group by l.pid order by 1`,
  );
  return rows.map(({ partitions }) => partitions);
}
