// Goal: after real work every invariant holds, on the wire and in the workers' own records too; and `sluice verify` says so, or
// names what is broken.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { checkInvariants, MessageRecorder, recordedWork, runSluice, TestStack, until, workRecord } from '#test-kit';

const jobs = 30;

let stack: TestStack;
let recorder: MessageRecorder;
let client: pg.Client;

beforeAll(async () => {
  stack = await TestStack.start({ verifyMode: true });
  recorder = await MessageRecorder.start(stack.nats.url, join(stack.folder.path, 'messages.ndjson'));
  client = new pg.Client(stack.database.url);
  await client.connect();
}, 60_000);
afterAll(async () => {
  await client.end();
  await recorder.stop();
  await stack.stop();
}, 60_000);

test(
  'all that was seen of a workflow that ran agrees with the books',
  () =>
    stack.explained(async () => {
      await stack.startWorker('one', ['--keep-folders', 'all', '--sandbox', 'off']);
      await stack.startWorker('two', ['--keep-folders', 'all', '--sandbox', 'off']);
      const workflow = await stack.submit('seen', { jobs, template: recordedWork(0.01) });
      expect(await stack.end(workflow, 60_000)).toMatchObject({ finished: jobs });
      const unconfirmed = 'select from outbox where confirmed_at is null';
      await until('every event is told', 20_000, async () => (await stack.rows(unconfirmed)).length === 0);
      const [messageLog, workerRecords] = [recorder.log(), workRecord(stack.folder.path, ['one', 'two'])];
      expect(messageLog.complete).toBe(true);
      expect(messageLog.messages.length).toBeGreaterThan(1);
      expect(workerRecords).toHaveLength(2 * jobs);
      const driverLog = [{ key: null, workflow, jobs }];
      const sources = { quiet: true, messageLog, workerRecords, driverLog };
      expect(await checkInvariants(client, sources)).toEqual({});
    }),
  90_000,
);

test('sluice verify exits 0 when all holds, and 1 with the broken rows when something does not', async () => {
  for (const args of [['verify'], ['verify', 'seen']]) {
    const verified = await runSluice(stack, args);
    expect(verified).toMatchObject({ code: 0, stderr: '' });
    expect(verified.stdout).toMatch(/^I1 +ok +no job is lost/);
    expect(verified.stdout).toMatch(
      /invariants checked: \d+ hold, 0 broken\n(of all workflows together: I19 D3\n)?left to the test suite: I2 I3 /,
    );
    const lines = verified.stdout.trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(24);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  }
  await client.query('update job_state set parents_left = 3 where ordinal = 7');
  const broken = await runSluice(stack, ['verify', 'last']);
  expect(broken.code).toBe(1);
  expect(broken.stdout).toMatch(
    /^I6 +BROKEN +unmet edges are counted right\n +w-\w{10} job 7 job_7: parents_left is 3, unmet edges are 0$/m,
  );
  expect(broken.stdout).toMatch(/hold, 1 broken$/m);
  const told = await runSluice(stack, ['verify', '-o', 'json']);
  expect(told.code).toBe(1);
  const verdicts = JSON.parse(told.stdout) as { invariant: string; verdict: string; rows: object[] }[];
  expect(verdicts.find(({ invariant }) => invariant === 'I6')).toMatchObject({
    verdict: 'broken',
    rows: [{ ordinal: 7, name: 'job_7', wrong: 'parents_left is 3, unmet edges are 0' }],
  });
  await client.query('update job_state set parents_left = 0 where ordinal = 7');
  expect(await runSluice(stack, ['verify', 'no-such'])).toMatchObject({ code: 4 });
}, 60_000);
