// Goal: every check of the logs of verify mode, and of what was seen from outside, finds what it is there for.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  checkInvariants,
  EngineRig,
  logChecks,
  startTestPostgres,
  type BrokenInvariants,
  type InvariantSources,
  type MessageLog,
  type TestPostgres,
  type WorkLine,
} from '#test-kit';
import { filled, patternOf, someOfEverything, whileBroken, type Numbers } from './some-of-everything.js';

let postgres: TestPostgres;
let rig: EngineRig;
let numbers: Numbers;

beforeAll(async () => {
  postgres = await startTestPostgres();
  rig = await EngineRig.open(postgres, { verifyMode: true });
  numbers = await someOfEverything(rig);
}, 120_000);
afterAll(async () => {
  await rig.close();
  await postgres.stop();
}, 60_000);

const manyJobs = 50_000;
const leaseIt = 'update job_state set state = 2, attempt = attempt + 1 where';

/** `sql` null: the database is not quiet, which is all that it takes. */
const planted: readonly { check: string; says: string; sql: string | null }[] = [
  {
    check: 'log_one_end',
    says: '$w:0 ended 2 times in run 1',
    sql: 'update job_state set state = 4 where workflow_id = $w and ordinal = 0',
  },
  {
    check: 'log_chain',
    says: '$w:0 seq #: from state 3 to 4, attempt 1 to 1, run 1 to 1; before it was 3',
    sql: 'update job_state set state = 4 where workflow_id = $w and ordinal = 0',
  },
  {
    check: 'log_chain',
    says: '$w:3 seq #: from state 1 to 3',
    sql: 'update job_state set state = 3 where workflow_id = $w and ordinal = 3',
  },
  {
    check: 'log_chain',
    says: '$w:0 seq #: from state 0 to 1, attempt 1 to 1, run 1 to 1; before it was 3',
    sql: `insert into job_log (workflow_id, ordinal, kind, attempt, run_no, from_state, to_state, reason)
      values ($w, 0, 0, 1, 1, 0, 1, 0)`,
  },
  {
    check: 'log_edges_met',
    says: '$w:2 attempt 1 was leased while its parent 1 was in state 2',
    sql: `update job_state set state = 1 where workflow_id = $w and ordinal = 2; ${leaseIt} workflow_id = $w and ordinal = 2`,
  },
  {
    check: 'log_edges_met',
    says: '$w:5 attempt 1 was leased while its parent 4 was in state 4',
    sql: `update job_state set state = 1 where workflow_id = $w and ordinal = 5; ${leaseIt} workflow_id = $w and ordinal = 5`,
  },
  {
    check: 'log_attempts',
    says: '$w:3 seq #: attempt 2 came after attempt 0',
    sql: 'update job_state set state = 2, attempt = 2 where workflow_id = $w and ordinal = 3',
  },
  {
    check: 'log_attempts',
    says: '$w:6 seq #: attempt 0 came after attempt 1',
    sql: 'update job_state set attempt = 0 where workflow_id = $w and ordinal = 6',
  },
  {
    check: 'log_late_ends',
    says: '$w:1 seq #: ended as attempt 1 under lease #',
    sql: 'update job_state set state = 3 where workflow_id = $w and ordinal = 1',
  },
  {
    check: 'log_told',
    says: '$w:1 seq #: its end is told 0 times in its transaction',
    sql: 'update job_state set state = 3 where workflow_id = $w and ordinal = 1',
  },
  {
    check: 'log_told',
    says: '$w:2 is told to have ended in transaction #, where it did not',
    sql: `insert into outbox (partition, seq, workflow_id, run_no, type, body) values
      (0, 1000, $w, 1, 'org.sluice.jobs.ended.v1', '{"tasks":[{"label":"job","finished":[2],"failed":[]}]}')`,
  },
  {
    check: 'log_caps',
    says: 'seq #: 101 jobs and # millicores ran under it, its caps were 100 and',
    sql: 'update limit_use set granted_jobs = granted_jobs + 100',
  },
  {
    check: 'log_cancelled',
    says: '$c:1 seq #: attempt 1 was granted after the cancel',
    sql: `update job_state set state = 1 where workflow_id = $c and ordinal = 1; ${leaseIt} workflow_id = $c and ordinal = 1`,
  },
  { check: 'quiet_open', says: '$w:1 is still in state 2, attempt 1', sql: null },
  { check: 'quiet_outbox', says: 'event #.# was never confirmed', sql: null },
  { check: 'log_limit_left', says: 'limit # still counts 1 jobs and 1000 millicores', sql: null },
  {
    check: 'quiet_batches',
    says: '1 events, 1 counted; 0 attempts, 0 taken up again',
    sql: 'update attempt set batch_id = gen_random_uuid() where workflow_id = $w and ordinal = 0',
  },
  {
    check: 'quiet_worker_room',
    says: 'run 2 cores and # MiB, of 1 and',
    sql: 'update session set cores = 1',
  },
];

const saidBy = (broken: BrokenInvariants, check: string): string => {
  const id = logChecks.find((each) => each.check === check)?.id ?? '';
  return (broken[id] ?? []).filter((row) => row.startsWith(`${check}: `)).join('\n');
};

test('where everything is right nothing is found', async () => {
  expect(await checkInvariants(rig.client)).toEqual({});
});

test.each(planted.map((each) => [each.check, each.says, each] as const))(
  '%s finds %s',
  async (check, says, { sql }) => {
    const look = (): Promise<BrokenInvariants> => checkInvariants(rig.client, { quiet: true });
    const broken = await whileBroken(rig, filled(sql ?? 'select', numbers), look);
    expect(saidBy(broken, check)).toMatch(patternOf(says, numbers));
  },
);

test('every check of the logs has a break that it was seen to find', () => {
  const found = new Set(planted.map(({ check }) => check));
  expect(logChecks.filter(({ check }) => !found.has(check))).toEqual([]);
});

test.each(['job_log', 'limit_ledger', 'cancel_log', 'outbox_log', 'attempt_revived'])(
  '%s can only be added to',
  async (log) => {
    for (const change of [`delete from ${log}`, `truncate ${log}`])
      await expect(whileBroken(rig, change, () => Promise.resolve())).rejects.toThrow(`${log} is append-only`);
  },
);

const seen = (messages: MessageLog['messages'], complete = false): InvariantSources => ({
  messageLog: { messages, complete },
});
const at = '2026-01-01T00:00:00Z';
const ran = (attempt: number, worker: string, workflow: string): WorkLine => ({
  ...{ worker, workflow, ordinal: 0, attempt, what: 'start', atMs: attempt },
});

/** What is seen from outside, given the public id of workflow w and a batch that was settled, and what it breaks. */
const outside: readonly [string, string, (workflow: string, batch: string) => InvariantSources][] = [
  [
    'I11',
    'event 0.999 was told',
    () => seen([{ at, subject: 'event.0', events: [{ id: '0.999', type: 'org.sluice.jobs.ended.v1' }] }]),
  ],
  [
    'I15',
    'event 1.1 of type org.sluice.job.started.v1 left the system',
    () => seen([{ at, subject: 'event.1', events: [{ id: '1.1', type: 'org.sluice.job.started.v1' }] }]),
  ],
  [
    'I9',
    'applied # which it does not say',
    (_, batchId) => seen([{ at, subject: 'terminal.1', batches: [{ batchId, ends: ['1:77#1'] }] }]),
  ],
  [
    'I30',
    'has 2 ends, 1 were judged',
    (_, batchId) => seen([{ at, subject: 'terminal.1', batches: [{ batchId, ends: ['1:0#1', '1:77#1'] }] }]),
  ],
  [
    'I30',
    'batch lost was delivered 1 times and never settled',
    () => ({
      ...seen([{ at, subject: 'terminal.1', batches: [{ batchId: 'lost', ends: ['1:0#1'] }] }], true),
      quiet: true,
    }),
  ],
  ['I24', 'ran 2 times, at a, b', (workflow) => ({ workerRecords: [ran(1, 'a', workflow), ran(1, 'b', workflow)] })],
  [
    'I25',
    'attempt 5 of # 0 ran at a, and was never granted',
    (workflow) => ({ workerRecords: [ran(5, 'a', workflow)] }),
  ],
  [
    'I1',
    'w-gone was accepted with 3 jobs, none are there',
    () => ({ driverLog: [{ key: null, workflow: 'w-gone', jobs: 3 }] }),
  ],
  ['I1', 'was accepted with 8 jobs, 7 are there', (workflow) => ({ driverLog: [{ key: null, workflow, jobs: 8 }] })],
  [
    'I23',
    'key k stands for',
    (workflow) => ({
      driverLog: [
        { key: 'k', workflow, jobs: 7 },
        { key: 'k', workflow: 'w-other', jobs: 7 },
      ],
    }),
  ],
];

test.each(outside)('%s is broken where it is seen that %s', async (id, says, sources) => {
  const [[workflow] = []] = await rig.query('select public_id from workflow where id = $1', [numbers.w]);
  const [[batch] = []] = await rig.query('select batch_id::text from attempt where workflow_id = $1 and ordinal = 0', [
    numbers.w,
  ]);
  const broken = await checkInvariants(rig.client, sources(String(workflow), String(batch)));
  expect((broken[id] ?? []).join('\n')).toMatch(new RegExp(says.replace('#', '\\S+')));
});

test('I12 is broken where an event is confirmed that was never published', async () => {
  const broken = await whileBroken(rig, 'update outbox set confirmed_at = now()', () =>
    checkInvariants(rig.client, seen([], true)),
  );
  expect(broken).toMatchObject({
    I12: expect.arrayContaining([expect.stringContaining('was never published')]) as unknown,
  });
});

test('a statement that moves very many jobs is logged in time, by a session that has moved one before', async () => {
  const wide = await EngineRig.open(postgres, { verifyMode: true });
  try {
    const workflowNo = await wide.submit({ jobs: Array.from({ length: manyJobs }, () => ({})) });
    await wide.query("set statement_timeout = '20s'"); // compared each with each it takes minutes
    const move = 'update job_state set attempt = attempt + 1 where workflow_id = $1 and ordinal < $2';
    for (const jobs of [1, manyJobs]) await wide.query(move, [workflowNo, jobs]);
    const [row] = await wide.query('select count(*)::int from job_log where attempt = 1 or attempt = 2');
    expect(row).toEqual([manyJobs + 1]);
  } finally {
    await wide.close();
  }
}, 120_000);
