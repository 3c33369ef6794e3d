// Goal: a worker that is stopped past both terms is given up, by two brokers once; what it says when it goes on counts just
// until its job was granted anew.
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { TestStack, until } from '#test-kit';

/** Short enough to wait for, long enough for a busy machine: a worker beats every third of the first. */
const suspectSec = 3;
const orphanSec = 8;

let stack: TestStack;

beforeAll(async () => {
  stack = await TestStack.start({ brokers: 2 });
  await stack.rows('insert into site (name, suspect_sec, orphan_sec) values ($1, $2, $3)', [
    ...['near', suspectSec, orphanSec],
  ]);
}, 60_000);
afterEach(() => stack.stopWorkers(), 30_000);
afterAll(() => stack.stop(), 60_000);

/** A program of some seconds; a job whose worker is lost waits `backoffSec` for another try. */
const program = (backoffSec: number): Record<string, unknown> => ({
  command: { argv: ['sleep', '3'] },
  resources: { cores: 1, memoryMib: 1 },
  retry: { backoffSec },
});

/** State and attempt of the only job. */
async function jobOf(id: string): Promise<{ state: number; attempt: number }> {
  const [row] = await stack.rows<{ state: number; attempt: number }>(
    'select s.state, s.attempt from job_state s join workflow w on w.id = s.workflow_id where w.public_id = $1',
    [id],
  );
  if (!row) throw new Error(`${id} has no job`);
  return row;
}

const isAt = (id: string, state: number, attempt: number) => async (): Promise<boolean> => {
  const job = await jobOf(id);
  return job.state === state && job.attempt === attempt;
};

test(
  'a stopped worker that goes on before its job was granted anew finishes it as attempt 1',
  () =>
    stack.explained(async () => {
      const id = await stack.submit('late', { jobs: 1, template: program(600) });
      const zombie = await stack.startWorker('late-zombie', ['--site', 'near', '--cores', '1']);
      await until('it runs', 30_000, isAt(id, 2, 1));
      process.kill(zombie.pid, 'SIGSTOP');
      await until('it is given up', 60_000, isAt(id, 1, 1));
      process.kill(zombie.pid, 'SIGCONT');
      expect(await stack.end(id, 30_000)).toMatchObject({
        state: 'done',
        finished: 1,
        notOnce: 0,
        others: {},
        open: 0,
      });
      expect(await jobOf(id)).toMatchObject({ attempt: 1 });
    }),
  180_000,
);

test(
  'a stopped worker that goes on after its job was granted anew changes nothing',
  () =>
    stack.explained(async () => {
      const id = await stack.submit('stale', { jobs: 1, template: program(0) });
      const zombie = await stack.startWorker('stale-zombie', ['--site', 'near', '--cores', '1']);
      await until('it runs', 30_000, isAt(id, 2, 1));
      process.kill(zombie.pid, 'SIGSTOP');
      await until('it is given up', 60_000, isAt(id, 1, 1));
      await stack.startWorker('heir', ['--site', 'far', '--cores', '1']);
      await until('another worker has it', 30_000, isAt(id, 2, 2));
      process.kill(zombie.pid, 'SIGCONT');
      const books = await stack.end(id, 60_000);
      expect(books).toMatchObject({ state: 'done', finished: 1, notOnce: 0, others: { 6: 1 }, open: 0 });
      expect(await jobOf(id)).toMatchObject({ attempt: 2 });
    }),
  180_000,
);
