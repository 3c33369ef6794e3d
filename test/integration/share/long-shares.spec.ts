// Goal: over a long run through real services, with two brokers, each leaf gets its part of the core seconds that really
// passed, whatever the sizes and times of its jobs. Run by `npm run test:long`, skipped elsewhere.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { TestStack } from '#test-kit';
import { TimedWorker } from './timed-worker.js';

/** How long it runs; 0: not at all. */
const runSec = Number(process.env['SHARE_SEC'] ?? 0);
const longTest = runSec > 0 ? test : test.skip;
const workerCount = 20;
const coresPerWorker = 16;

/** Sizes are against the weights in one place and with them in another. */
const users = [
  { name: 'ann', weight: 1, cores: 1, sec: 1 },
  { name: 'bob', weight: 1, cores: 4, sec: 3 },
  { name: 'cat', weight: 2, cores: 2, sec: 5 },
  { name: 'dan', weight: 3, cores: 1, sec: 2.5 },
  { name: 'eve', weight: 5, cores: 2, sec: 4 },
];
const weights = users.reduce((sum, { weight }) => sum + weight, 0);

let stack: TestStack;

beforeAll(async () => {
  if (runSec === 0) return;
  stack = await TestStack.start({ brokers: 2, monitors: 1 });
  // Its workers send no beats.
  await stack.rows('insert into site (name, suspect_sec, orphan_sec) values ($1, 86400, 172800)', ['timed']);
}, 60_000);
afterAll(() => stack?.stop(), 60_000);

longTest(
  'five users of weights 1, 1, 2, 3 and 5 come out within 5 % of their targets, by the workers and by the books',
  () =>
    stack.explained(async () => {
      const client = stack.client();
      const shares = users.map(({ name, weight }) => ({ path: `default/${name}`, weight }));
      await client.applyShares({ shares, dryRun: false });
      const ownerOf = new Map<string, string>();
      for (const { name, weight, cores, sec } of users) {
        // Twice what its part of all cores can run.
        const jobs = Math.ceil((2 * runSec * workerCount * coresPerWorker * weight) / weights / cores / sec);
        const template = { transform: 'noop', env: { SEC: String(sec) }, resources: { cores, memoryMib: 1 } };
        ownerOf.set(await stack.submit(name, { jobs, template, owner: name }), name);
      }
      const coreSec = new Map(users.map(({ name }) => [name, 0]));
      const ran = (workflow: string, more: number): void => {
        const owner = ownerOf.get(workflow) ?? '';
        coreSec.set(owner, (coreSec.get(owner) ?? 0) + more);
      };
      const [url = ''] = stack.urls;
      const workers = Array.from(
        { length: workerCount },
        (_, no) => new TimedWorker({ url, token: stack.token, name: `timed-${no}`, cores: coresPerWorker, ran }),
      );
      await Promise.all(workers.map((worker) => worker.register()));
      const runs = Promise.all(workers.map((worker) => worker.run()));
      await Promise.race([sleep(runSec * 1_000), runs]);
      const { shares: booked } = await client.shares();
      for (const worker of workers) worker.stop();
      await runs;
      await client.close();
      const all = [...coreSec.values()].reduce((sum, each) => sum + each, 0);
      const figures = users.map(({ name, weight, cores, sec }) => {
        const share = booked.find(({ path }) => path === `default/${name}`);
        const ran = (coreSec.get(name) ?? 0) / all / (weight / weights);
        return {
          name,
          weight,
          cores,
          sec,
          coreSec: Math.round(coreSec.get(name) ?? 0),
          ran,
          booked: share?.factor ?? 0,
        };
      });
      console.table(figures);
      const usedPart = all / (runSec * workerCount * coresPerWorker);
      console.log(`${Math.round(all)} core seconds in ${runSec} s, ${(usedPart * 100).toFixed(0)} % of the cores`);
      for (const { name, ran, booked } of figures) {
        for (const factor of [ran, booked]) {
          expect([name, factor, factor > 0.95 && factor < 1.05]).toEqual([name, factor, true]);
        }
      }
      expect(usedPart).toBeGreaterThan(0.8);
    }),
  (runSec + 120) * 1_000,
);
