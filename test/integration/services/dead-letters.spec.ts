// Goal: an operator sees what was set aside, puts it back from the command line, and its job ends once.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runSluice, TestStack, until, type Ended } from '#test-kit';

let stack: TestStack;

beforeAll(async () => {
  stack = await TestStack.start({ monitors: 1 });
}, 60_000);
afterAll(() => stack.stop(), 60_000);

const letters = (...args: string[]): Promise<Ended> => runSluice(stack, ['admin', 'dead-letters', ...args]);

/** PostgreSQL refuses the end of one job of every workflow, and says so with an escape sequence in it. */
const refuseJob5 = `
  create function refuse_5() returns trigger language plpgsql as $$
  begin
    if new.ordinal = 5 then raise exception E'not this one \\x1b[31m'; end if;
    return new;
  end $$;
  create trigger refuse_5 before insert on attempt for each row execute function refuse_5()`;

test(
  'a letter is listed, shown, and put back: nothing is done by a dry run, and its job ends once',
  () =>
    stack.explained(async () => {
      expect(await letters()).toMatchObject({ code: 0, stdout: '', stderr: 'no message was set aside\n' });
      await stack.rows(refuseJob5);
      const id = await stack.submit('refused', {
        jobs: 20,
        template: { transform: 'noop', resources: { memoryMib: 1 } },
      });
      await stack.startWorker('one');
      await until('the letter', 30_000, async () => (await letters('-o', 'id')).stdout !== '');
      await until('the others', 30_000, async () => (await stack.finished(id)) === 19);

      const listed = await letters();
      expect(listed.stdout.split('\n')).toHaveLength(3);
      expect(listed.stdout).toMatch(/TERMINAL \d+ +one +w-\w{10} +1 +not this one/);
      expect(listed.stdout).not.toContain('\x1b');
      const [letter = ''] = (await letters('-o', 'id')).stdout.split('\n');
      const shown = await letters('show', letter);
      expect(shown.stdout).toContain(`workflows  ${id}`);
      expect(shown.stdout).toContain('"outcome":"finished"');
      expect(shown.stdout).not.toContain('\x1b');

      const told = /1 dead letter, the first [\d.]+ (s|min.*) ago: sluice admin dead-letters/;
      for (const verb of ['show', 'report']) expect((await runSluice(stack, [verb, id])).stdout).toMatch(told);
      expect((await runSluice(stack, ['verify'])).stderr).toMatch(told);

      await stack.rows('drop trigger refuse_5 on attempt');
      expect(await letters('requeue', letter, '--dry-run')).toMatchObject({
        ...{ code: 0, stdout: expect.stringContaining(`would requeue 1 letter: ${letter}`) },
      });
      expect(await stack.finished(id)).toBe(19);
      expect(await letters('requeue', letter, '999')).toMatchObject({
        ...{ code: 4, stdout: expect.stringContaining(`requeued 1 letter: ${letter}`) },
        stderr: expect.stringContaining('no dead letter 999'),
      });
      expect(await stack.end(id, 60_000)).toMatchObject({ ...{ state: 'done', finished: 20, notOnce: 0 }, others: {} });
      await until('the letter is gone', 10_000, async () => (await letters('-o', 'id')).stdout === '');
      expect((await runSluice(stack, ['show', id])).stdout).not.toContain('dead letter');
    }),
  120_000,
);

test('letters are dropped for good; wrong usage touches none', async () => {
  await stack.rows("insert into dead_letter (stream, partition, body, reason) values ('TERMINAL', 3, 'x', 'old')");
  expect((await letters('drop')).code).toBe(2);
  expect((await letters('drop', '1', '--all')).code).toBe(2);
  expect((await letters('show', '999')).code).toBe(4);
  expect((await letters('drop', '--all', '--dry-run')).stdout).toContain('would drop 1 letter');
  expect((await letters('-o', 'id')).stdout).not.toBe('');
  expect((await letters('drop', '--all')).stdout).toContain('dropped 1 letter');
  expect((await letters('-o', 'json')).stdout).toBe('[]\n');
});

test('what can not be read comes back when it is put back', async () => {
  await stack.rows(
    "insert into dead_letter (stream, partition, body, reason) values ('TERMINAL', 3, 'no JSON', 'old')",
  );
  expect((await letters('requeue', '--all')).code).toBe(0);
  const all = async (): Promise<unknown> => JSON.parse((await letters('-o', 'json')).stdout);
  await until('it is back', 10_000, async () => JSON.stringify(await all()).includes('is not valid JSON'));
  expect(await all()).toMatchObject([{ partition: 3, bytes: 7, jobs: 0, workflows: [], requeuedAt: null }]);
  await letters('drop', '--all');
});
