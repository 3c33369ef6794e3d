// Goal: a dump of a running system, restored beside an empty NATS, goes on by itself. What was done after the dump is done
// again, and nothing counts twice; docs/operations/backup.md says the same to operators.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { findPostgres } from '#local-stack';
import { brokenLines, checkInvariants, TestStack, until } from '#test-kit';

const run = promisify(execFile);
const jobs = 3_000;
const noop = { transform: 'noop', resources: { cores: 1, memoryMib: 1 } };
const services = ['gateway-1', 'transformer-1', 'broker-1'];
const { postgres: program } = await findPostgres();
const programs = dirname(program);
/** The embedded PostgreSQL comes without. */
const hasDump = existsSync(join(programs, 'pg_dump'));
if (!hasDump) console.warn(`backup is not tried: there is no pg_dump beside ${program}`);
const dumps = hasDump ? test : test.skip;

let stack: TestStack;
beforeAll(async () => {
  stack = await TestStack.start();
}, 180_000);
afterAll(() => stack.stop(), 60_000);

dumps(
  'a dump of a running system is restored, with an empty NATS and workers that never noticed',
  async () => {
    await stack.explained(async () => {
      const before = await stack.submit('before', { jobs, template: noop });
      const worker = await stack.startWorker('one', ['--resend-sec', '5']);
      await until('a tenth has finished', 60_000, async () => (await stack.finished(before)) >= jobs / 10);
      const file = join(stack.folder.path, 'sluice.dump');
      await run(join(programs, 'pg_dump'), ['--format=custom', '--file', file, stack.database.url]);
      const after = await stack.submit('after', { jobs: 10, template: noop });
      expect((await stack.end(before, 120_000)).finished).toBe(jobs);
      await stack.end(after, 60_000);

      await Promise.all(services.map((name) => stack.service(name).stop()));
      await stack.nats.restart({ wiped: true });
      const { pathname, href } = new URL(stack.database.url);
      const server = ['--maintenance-db', href.replace(pathname, '/postgres')];
      await run(join(programs, 'dropdb'), [...server, '--force', pathname.slice(1)]);
      await run(join(programs, 'createdb'), [...server, pathname.slice(1)]);
      const restore = ['--single-transaction', '--exit-on-error', '--dbname', stack.database.url];
      await run(join(programs, 'pg_restore'), [...restore, file]);
      const finishedInDump = await stack.finished(before);
      expect(finishedInDump).toBeLessThan(jobs);
      await Promise.all(services.map((name) => stack.service(name).startAgain()));

      // The jobs that the worker had then are not its own any more: it says so with its beats, and they are ready again.
      const books = await stack.end(before, 180_000);
      expect(books).toMatchObject({
        state: 'done',
        jobs,
        finished: jobs,
        failed: 0,
        notOnce: 0,
        open: 0,
        deadLetters: 0,
      });
      expect(await stack.rows('select from workflow where public_id = $1', [after])).toEqual([]); // it was never there
      await until('the outbox has drained', 60_000, async () => {
        return (await stack.rows('select from outbox where confirmed_at is null')).length === 0;
      });
      expect(brokenLines(await stack.onDatabase((client) => checkInvariants(client)))).toEqual([]);
      expect(await worker.stop()).toBe(0);
    });
  },
  400_000,
);
