// Goal: PostgreSQL may go and come back under load: the services wait for it, and lose nothing.
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { TestStack, until } from '#test-kit';

const jobs = 20_000;
const resumeMsMax = 10_000;
/** Less than the 30 s after which a message that was left behind comes again: none may be. */
const endMsMax = 25_000;
const services = ['gateway-1', 'transformer-1', 'broker-1'];

let stack: TestStack;

beforeAll(async () => {
  stack = await TestStack.start();
}, 60_000);
afterEach(() => stack.stopWorkers(), 30_000);
afterAll(() => stack.stop(), 60_000);

test.each(['fast', 'immediate'] as const)(
  'PostgreSQL restarted (%s) in the middle: work goes on within 10 s, nothing is lost, no process ends',
  (mode) =>
    stack.explained(async () => {
      const id = await stack.submit(mode, { jobs, template: { transform: 'noop', resources: { memoryMib: 1 } } });
      const workers = await Promise.all([stack.startWorker('one'), stack.startWorker('two')]);
      await until('a tenth has finished', 20_000, async () => (await stack.finished(id)) >= jobs / 10);
      await stack.postgres.restart(mode);
      const before = await stack.finished(id);
      expect(before).toBeLessThan(jobs);
      await until('work has gone on', resumeMsMax, async () => (await stack.finished(id)) > before);
      expect(await stack.end(id, endMsMax)).toEqual({
        ...{ state: 'done', jobs, finished: jobs, failed: 0, notOnce: 0, others: {}, open: 0, deadLetters: 0 },
      });
      expect(services.map((name) => stack.service(name).starts)).toEqual([1, 1, 1]);
      expect(workers.map(({ log }) => log.match(/session.registered/g)?.length)).toEqual([1, 1]);
    }),
  120_000,
);

test(
  'a workflow that is submitted while PostgreSQL restarts is sealed whole',
  () =>
    stack.explained(async () => {
      const template = { transform: 'noop', resources: { memoryMib: 1 } };
      const submitted = Promise.all(
        Array.from({ length: 4 }, (_, no) => stack.submit(`s${no}`, { jobs: 5_000, template })),
      );
      await Promise.all([submitted, stack.postgres.restart('immediate')]);
      await stack.startWorker('one');
      for (const id of await submitted) {
        expect(await stack.end(id, 60_000)).toMatchObject({ state: 'done', jobs: 5_000, finished: 5_000, notOnce: 0 });
      }
    }),
  120_000,
);
