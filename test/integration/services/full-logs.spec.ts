// Goal: what programs wrote goes whole to the space's files where a job asks for it, and comes back to who may read; quotas hold
// it, and nothing of it changes how jobs end.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { makeTestFolder, runSluice, type TestFolder, TestStack, until } from '#test-kit';

let own: TestFolder;
let stack: TestStack;

beforeAll(async () => {
  own = makeTestFolder('full-logs');
  const store = join(own.path, 'store');
  mkdirSync(store);
  // What is kept is looked at each minute: a gateway that is started again lives faster.
  const environmentOf = (service: string, life: number): Record<string, string> =>
    service === 'gateway-1' && life > 1 ? { SLUICE_CLOCK_SCALE: '60' } : {};
  stack = await TestStack.start({ monitors: 1, environment: { SLUICE_FILE_STORE: store }, environmentOf });
}, 60_000);
afterEach(() => stack.stopWorkers(), 30_000);
afterAll(async () => {
  await stack.stop();
  own.remove();
}, 60_000);

const programOf = (cmdline: string, params: object | null = null): Record<string, unknown> => ({
  ...{ command: { cmdline }, resources: { cores: 1, memoryMib: 64 } },
  ...(params && { params }),
});
const kept = (): string[] =>
  readdirSync(join(own.path, 'store'), { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => each.name)
    .sort();
const logBytes = async (): Promise<number> => {
  const [row] = await stack.rows<{ bytes: number }>(
    "select coalesce(sum(log_bytes), 0)::int as bytes from quota where kind = 'space'",
  );
  return row?.bytes ?? 0;
};
const full = (id: string, ...flags: string[]): ReturnType<typeof runSluice> =>
  runSluice(stack, ['logs', id, '0', '--full', ...flags]);

/** The token of the session that works in a worker's folder. */
const tokenOf = (worker: string): string => readFileSync(join(stack.folder.path, worker, 'session'), 'utf8');

test(
  'a failed and a finished attempt are read back whole, stream by stream, by the command line',
  () =>
    stack.explained(async () => {
      const write = 'for i in $(seq 20000); do echo "line $i"; done; echo careful >&2; test {attempt} = 2';
      const id = await stack.submit('kept', {
        jobs: 1,
        template: { ...programOf(write, { keepLog: 'always' }), retry: { retries: 1 } },
      });
      await stack.startWorker('teller');
      expect(await stack.end(id, 60_000)).toMatchObject({ state: 'done', finished: 1 });
      for (const attempt of ['1', '2']) {
        const { code, stdout } = await full(id, '--attempt', attempt, '--stdout');
        const lines = stdout.trimEnd().split('\n');
        expect([code, lines.length, lines[0], lines.at(-1)]).toEqual([0, 20_000, 'line 1', 'line 20000']);
        expect(await full(id, '--attempt', attempt)).toMatchObject({ code: 0, stdout: 'careful\n' });
      }
      expect(kept()).toEqual(['0.1', '0.2']);
      const { stdout } = await runSluice(stack, ['logs', id, '0', '-o', 'json']);
      expect(JSON.parse(stdout)).toMatchObject({
        attempts: [{ log: { leftOut: false } }, { log: { leftOut: false } }],
      });
      const [row] = await stack.rows<{ bytes: number }>('select sum(bytes)::int as bytes from attempt_log');
      expect(await logBytes()).toBe(row?.bytes);
    }),
  120_000,
);

test(
  'only what a job, or else its worker, asks for is sent',
  () =>
    stack.explained(async () => {
      const before = kept().length;
      const say = (outcome: string, params?: object): Record<string, unknown> =>
        programOf(`echo said; ${outcome}`, params ?? null);
      await stack.startWorker('failed-only', ['--logs', 'failed']);
      const ends: [Record<string, unknown>, number][] = [
        [say('true'), 4],
        [say('false'), 0],
        [say('false', { keepLog: 'never' }), 4],
        [say('true', { keepLog: 'always' }), 0],
        [say('false', { keepLog: 'sometimes' }), 4],
      ];
      for (const [no, [template, code]] of ends.entries()) {
        const id = await stack.submit(`asks-${no}`, { jobs: 1, template });
        await stack.end(id, 30_000);
        expect([no, (await full(id, '--stdout')).code]).toEqual([no, code]);
      }
      expect(kept()).toHaveLength(before + 2);
    }),
  120_000,
);

test(
  'without room a log is left out and says so, its job ends as it would, and many at once never go over the cap',
  () =>
    stack.explained(async () => {
      const cap = (await logBytes()) + 5_000;
      const set = await runSluice(stack, ['space', 'set', 'default', '--log-bytes', String(cap)]);
      expect(set).toMatchObject({ code: 0 });
      const id = await stack.submit('many', {
        jobs: 40,
        template: programOf('head -c 700 /dev/urandom', { keepLog: 'always' }),
      });
      await Promise.all(['a', 'b'].map((name) => stack.startWorker(name, ['--cores', '4'])));
      expect(await stack.end(id, 60_000)).toMatchObject({ state: 'done', finished: 40, others: {} });
      const [row] = await stack.rows<{ kept: number; out: number }>(
        `select count(*) filter (where not left_out)::int as kept, count(*) filter (where left_out)::int as out
          from attempt_log l join workflow w on w.id = l.workflow_id where w.public_id = $1`,
        [id],
      );
      expect([(row?.kept ?? 0) > 0, (row?.out ?? 0) > 0, (row?.kept ?? 0) + (row?.out ?? 0)]).toEqual([true, true, 40]);
      expect(await logBytes()).toBeLessThanOrEqual(cap);
      const [out] = await stack.rows<{ ordinal: number }>('select ordinal from attempt_log where left_out limit 1');
      const told = await runSluice(stack, ['logs', id, String(out?.ordinal), '--full']);
      expect(told.code).not.toBe(0);
      expect(told.stderr).toContain('no room');
      const usual = await runSluice(stack, ['logs', id, String(out?.ordinal)]);
      expect(usual.stdout).toContain('full log: left out');
      await runSluice(stack, ['space', 'set', 'default', '--log-bytes', 'none']);
    }),
  120_000,
);

test(
  "a session's token sends logs of what it holds, and of nothing else",
  () =>
    stack.explained(async () => {
      const id = await stack.submit('held', { jobs: 1, template: programOf('sleep 60') });
      await stack.startWorker('holder');
      await until('it is held', 30_000, async () => (await stack.leased(id)) === 1);
      await stack.startWorker('bystander');
      const [row] = await stack.rows<{ no: string }>('select id::text as no from workflow where public_id = $1', [id]);
      const body = gzipSync('what the worker of another would say');
      const sha256 = createHash('sha256').update(body).digest('hex');
      const send = async (token: string, path: string, bytes = body): Promise<number> => {
        const headers = { authorization: `Bearer ${token}` };
        return (await fetch(`${stack.urls[0]}/worker/v1/logs/${path}`, { method: 'PUT', headers, body: bytes })).status;
      };
      const mine = `${row?.no}:0/1/${sha256}?stdout=0`;
      const before = await logBytes();
      expect(await send(tokenOf('bystander'), mine)).toBe(404);
      expect(await send(tokenOf('holder'), `${row?.no}:0/2/${sha256}?stdout=0`)).toBe(404);
      expect(await send('nobody', mine)).toBe(401);
      expect(await send(stack.token, mine)).toBe(403);
      expect(await send(tokenOf('holder'), mine, gzipSync('other bytes'))).toBe(400);
      expect(await send(tokenOf('holder'), `${row?.no}:0/1/${sha256}?stdout=999`)).toBe(400);
      expect(await logBytes()).toBe(before);
      expect(await send(tokenOf('holder'), mine)).toBe(200);
      expect(await send(tokenOf('holder'), mine)).toBe(200);
      expect(await logBytes()).toBe(before + body.length);
      await stack.cancel(id);
    }),
  120_000,
);

test(
  'logs go when their workflow is archived, and with them their bytes from the quota',
  () =>
    stack.explained(async () => {
      await stack.rows('update workflow set archived_at = now() where ended_at is not null');
      await stack.service('gateway-1').stop();
      await stack.service('gateway-1').startAgain();
      await until('none is left', 90_000, async () => (await logBytes()) === 0);
      expect(kept()).toEqual([]);
    }),
  120_000,
);
