// Goal: a stop of a site costs the programs that it ends nothing but their time, whatever retries they have left.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { TestStack, until } from '#test-kit';

let stack: TestStack;

beforeAll(async () => {
  stack = await TestStack.start({ monitors: 1 });
}, 60_000);
afterAll(() => stack?.stop(), 60_000);

test(
  'a program that ends with its site runs again once the site is open, with no retry of any kind, and twice',
  () =>
    stack.explained(async () => {
      const client = stack.client();
      const id = await stack.submit('stopped', {
        jobs: 1,
        template: {
          command: { cmdline: 'test {attempt} -ge 3 || exec sleep 300' },
          resources: { cores: 1, memoryMib: 16 },
          retry: { retries: 0, infraRetries: 0 },
        },
      });
      await stack.startWorker('stopped', ['--site', 'S']);
      for (let round = 1; round <= 2; round += 1) {
        await until('it runs', 30_000, async () => (await stack.leased(id)) === 1);
        await client.sites.order('S', 'stop', { note: 'a test', by: 'test', dryRun: false });
        await until('it is ready again', 40_000, async () => (await stack.leased(id)) === 0);
        await client.sites.order('S', 'open', { note: '', by: 'test', dryRun: false });
      }
      expect(await stack.end(id, 60_000)).toMatchObject({ state: 'done', finished: 1, others: { 7: 2 } });
      const { attempts } = await client.attempts(id, '0');
      expect(attempts.map(({ reason, uncharged }) => [reason, uncharged])).toEqual([
        ['evicted', true],
        ['evicted', true],
        [null, false],
      ]);
      await client.close();
    }),
  150_000,
);
