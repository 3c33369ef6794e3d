// Goal: workers die and workflows are cancelled while programs run: what was done counts, what runs on is stopped.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { TestStack, until, type RunningService } from '#test-kit';

let stack: TestStack;

beforeAll(async () => {
  stack = await TestStack.start();
}, 60_000);
afterEach(() => stack.stopWorkers(), 30_000);
afterAll(() => stack.stop(), 60_000);

/** A program that says where it runs, sleeps and ends. */
const sleeper = (sec: number): Record<string, unknown> => ({
  command: { argv: ['sleep', String(sec)] },
  resources: { cores: 1, memoryMib: 1 },
});

/** Programs that run under the folder of a worker, whoever is their parent now. */
function programsOf(worker: string): number[] {
  const folder = join(stack.folder.path, worker);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => environmentOf(pid).includes(folder) && commandOf(pid).startsWith('sleep'));
}

const environmentOf = (pid: number): string => textOf(`/proc/${pid}/environ`);
const commandOf = (pid: number): string => textOf(`/proc/${pid}/cmdline`);

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // it has ended meanwhile
  }
}

test(
  'a worker killed in the middle: what it had finished counts as attempt 1, what it ran is attempt 2',
  () =>
    stack.explained(async () => {
      const id = await stack.submit('killed', { jobs: 12, template: sleeper(2) });
      const first = await stack.startWorker('mortal', ['--cores', '4']);
      await until('four have finished and four run', 30_000, async () => {
        return (await stack.finished(id)) >= 4 && programsOf('mortal').length === 4;
      });
      await first.stop('SIGKILL');
      const finishedBefore = await stack.finished(id);
      await stack.startWorker('mortal', ['--cores', '4']);
      const books = await stack.end(id, 60_000);
      expect(books).toMatchObject({ state: 'done', jobs: 12, finished: 12, notOnce: 0, open: 0, deadLetters: 0 });
      expect(books.others['6']).toBeGreaterThanOrEqual(4); // reason 6: lost
      const [{ firsts } = { firsts: 0 }] = await stack.rows<{ firsts: number }>(
        `select count(*)::int as firsts from attempt a join workflow w on w.id = a.workflow_id
        where w.public_id = $1 and a.outcome = 3 and a.attempt = 1`,
        [id],
      );
      expect(firsts).toBeGreaterThanOrEqual(finishedBefore);
      expect(firsts).toBeLessThanOrEqual(8);
    }),
  120_000,
);

test(
  'results that a dead worker had only in its journal count as attempt 1',
  () =>
    stack.explained(async () => {
      const id = await stack.submit('journalled', { jobs: 4, template: sleeper(2) });
      const first = await stack.startWorker('writer', ['--cores', '4']);
      await until('all four run', 30_000, () => programsOf('writer').length === 4);
      const gateway = stack.service('gateway-1');
      await gateway.stop('SIGKILL');
      await until(
        'all have ended and are in the journal',
        10_000,
        () => journalOf('writer').split('"outcome"').length > 4,
      );
      await first.stop('SIGKILL');
      expect(await stack.finished(id)).toBe(0);
      await gateway.startAgain();
      await stack.startWorker('writer', ['--cores', '4']);
      expect(await stack.end(id, 60_000)).toEqual({
        ...{ state: 'done', jobs: 4, finished: 4, failed: 0, notOnce: 0, others: {}, open: 0, deadLetters: 0 },
      });
    }),
  120_000,
);

function journalOf(worker: string): string {
  const folder = join(stack.folder.path, worker, 'journal');
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.journal')) : [];
  return files.map((name) => readFileSync(join(folder, name), 'utf8')).join('');
}

test(
  'a worker whose supervisor is gone is gone within 5 s with its program, which is reported as evicted',
  () =>
    stack.explained(async () => {
      const stubborn = { command: { argv: ['sh', '-c', "trap '' TERM; exec sleep 60"] }, resources: { memoryMib: 1 } };
      const id = await stack.submit('orphaned', { jobs: 1, template: { ...stubborn, retry: { infraRetries: 0 } } });
      const worker = await stack.startWorker('orphan');
      await until('it runs', 20_000, () => programsOf('orphan').length === 1);
      const sinceMs = performance.now();
      worker.loseSupervisor();
      expect(await worker.ended()).toBe(0);
      expect(performance.now() - sinceMs).toBeLessThan(5_000);
      expect(programsOf('orphan')).toEqual([]);
      expect(await stack.end(id, 20_000)).toMatchObject({ state: 'failed', failed: 1, others: { 7: 1 }, open: 0 });
    }),
  120_000,
);

test(
  'a cancel reaches programs that run: a worker with room asks for work, and hears it at once',
  () =>
    stack.explained(async () => {
      const id = await stack.submit('cancelled', { jobs: 3, template: sleeper(600) });
      const worker = await stack.startWorker('roomy', ['--cores', '4']);
      await cancelled(id, 'roomy', worker, { jobs: 3, running: 3, withinMs: 2_000 });
    }),
  60_000,
);

test(
  'a cancel reaches a worker that is full, and so asks for nothing',
  () =>
    stack.explained(async () => {
      const id = await stack.submit('cancelled', { jobs: 8, template: sleeper(600) });
      const worker = await stack.startWorker('full', ['--cores', '4']);
      await cancelled(id, 'full', worker, { jobs: 8, running: 4, withinMs: 22_000 });
    }),
  60_000,
);

interface Expected {
  jobs: number;
  running: number;
  withinMs: number;
}

async function cancelled(id: string, name: string, worker: RunningService, expected: Expected): Promise<void> {
  const { jobs, running, withinMs } = expected;
  await until(`${running} run`, 20_000, () => programsOf(name).length === running);
  await stack.cancel(id);
  const told = until('the worker was told', withinMs, () => worker.log.includes('attempts.killed'));
  const gone = until('its programs are gone', withinMs + 3_000, () => programsOf(name).length === 0);
  expect(await stack.end(id, 10_000)).toMatchObject({ state: 'cancelled', jobs, finished: 0, failed: jobs, open: 0 });
  await Promise.all([told, gone]);
  expect((await stack.books(id)).deadLetters).toBe(0);
}
