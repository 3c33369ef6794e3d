// Goal: an answer of PostgreSQL that is lost after it has committed has one effect, whatever was asked: who asked tries again,
// as it does after every fault that passes, and the books are as without the loss. What tells a repeat apart stands in each case.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  PostgresDocumentStore,
  PostgresFailureStore,
  PostgresKeepStore,
  PostgresOutboxStore,
  PostgresReadStore,
  PostgresShareAdmin,
  PostgresSiteStore,
  PostgresUploadStore,
} from '#adapter-postgres';
import { LeaseAnswer, type TerminalBatch } from '#contracts';
import {
  archiveWorkflow,
  changeShares,
  changeSites,
  defaultTerms,
  dropLetters,
  LeaseDesk,
  openUpload,
  orderArchive,
  orderWorker,
  relayEvents,
  removeLimit,
  removeShare,
  reportUse,
  requestSeal,
  requeueLetters,
  SessionDesk,
  setLimit,
  storeChunk,
  type GrantedJob,
} from '#engine';
import { batchOf, checkedJob, headerOf, startTestPostgres, type TestPostgres, type TrialEnd } from '#test-kit';
import { census } from './census.js';
import { Play } from './play.js';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startTestPostgres();
}, 120_000);
afterAll(async () => {
  if (shared) await end(shared.pair);
  await postgres.stop();
});

/** @see shared */
const [uploads, settings] = ['uploads', 'settings'];

/** Three jobs, the last of which waits for the others; every call is made as often as needed. */
async function upload(play: Play, key = randomUUID()): Promise<string> {
  const { rig } = play;
  const uploads = new PostgresUploadStore(rig.database);
  const jobs = [{}, {}, { parents: [0, 1] }];
  const retry = { job: { retries: 2 } };
  const chunk = jobs.map(checkedJob);
  const asked = { header: headerOf({ jobs, retry }), writtenHeader: '{}', owner: { issuer: 'local', subject: 'ann' } };
  const opening = await play.again(() =>
    openUpload({ uploads, random: randomBytes }, { ...asked, space: 'trial', idempotencyKey: key }),
  );
  const sha256 = createHash('sha256').update(key).digest();
  await play.again(() =>
    storeChunk({ uploads }, { workflowId: opening.id, chunkNo: 0, firstOrdinal: 0, jobs: chunk, sha256 }),
  );
  const hash = createHash('sha256').update(sha256).digest('hex');
  const counts = { chunkCount: 1, jobCount: 3, edgeCount: 2, hash };
  const sealing = await play.again(() => requestSeal({ uploads }, opening.id, counts));
  if (sealing.kind !== 'asked') throw new Error(`the seal was ${sealing.kind}`);
  await play.again(() => rig.runCommands([sealing.partition]));
  const [row] = await rig.query('select id::text, state from workflow where public_id = $1', [opening.id]);
  if (row?.[1] !== 'running') throw new Error(`sealed, it is ${String(row?.[1])}`);
  return String(row[0]);
}

async function leased(play: Play): Promise<{ workflowNo: string; session: string; jobs: GrantedJob[] }> {
  const workflowNo = await upload(play);
  const session = await play.rig.register();
  return { workflowNo, session, jobs: await play.rig.lease(session, 2) };
}

const failed: TrialEnd = { outcome: 'failed', reason: 'error', exitCode: 1 };

async function report(play: Play, end: TrialEnd): Promise<void> {
  const { session, jobs } = await leased(play);
  const batch = batchOf(
    session,
    jobs.map((job) => ({ job, end })),
  );
  play.lose();
  const { verdicts } = await play.again(() => play.rig.settle(batch));
  if (play.lost > 0) expect(verdicts[0]?.duplicate).toEqual([0, 1]);
}

/** All of its jobs have failed but the last, which never ran. */
async function ended(play: Play): Promise<string> {
  const { rig } = play;
  const { workflowNo, session, jobs } = await leased(play);
  await rig.end(session, jobs, failed);
  await rig.passBackOffs();
  for (let left = await rig.lease(session, 2); left.length > 0; left = await rig.lease(session, 2)) {
    await rig.end(session, left, failed);
    await rig.passBackOffs();
  }
  await rig.runCommands();
  return workflowNo;
}

/** A message that nobody can read. */
const letter = {
  ...{ stream: 'TERMINAL', partition: 3, body: Buffer.from('not JSON'), reason: 'not JSON' },
  about: { batchId: null, session: null, workflowNos: [], jobs: 0 },
};

async function letterOf({ rig }: Play): Promise<string> {
  await rig.dead.add(letter);
  const [one] = await rig.dead.page({ after: '0', rows: 1 });
  return one?.id ?? '';
}

const limit = { kind: 'user', name: 'ann' } as const;
const sitePorts = ({ rig }: Play) => ({
  sites: new PostgresSiteStore(rig.database),
  hints: { changed: () => undefined },
});
const limitPorts = ({ rig }: Play) => ({ limits: rig.limits, changed: () => undefined });
const shares = ({ rig }: Play): PostgresShareAdmin => new PostgresShareAdmin(rig.database);
const keeps = ({ rig }: Play): PostgresKeepStore => new PostgresKeepStore(rig.database);

/** What happens, which statement's effect is not told, and what is done; what makes it one effect is named in brackets. */
const cases: [what: string, statement: string, play: (play: Play) => Promise<unknown>, series?: string][] = [
  // Uploads
  ['an upload is opened (its Idempotency-Key)', 'upload_open', submitAll, uploads],
  ['the classes of its tasks are made (their keys)', 'upload_class_add', submitAll, uploads],
  ['its tasks are made (their labels)', 'upload_task_add', submitAll, uploads],
  ['a chunk is stored (its number and hash)', 'upload_chunk_add', submitAll, uploads],
  ['the seal is asked for (the state of the upload)', 'upload_close', submitAll, uploads],
  ['a step of the DAG is written (its range)', 'seal_clear_states', submitAll, uploads],
  ['the workflow is sealed (the command)', 'seal_workflow', submitAll, uploads],
  // Workers, ends of attempts, orders, limits and the archive
  ['jobs are leased (requestId)', 'lease_grant', leaseOnce],
  ['a worker beats (nothing is counted)', 'session_beat', beatOnce],
  ['a worker ends (the state of its session)', 'session_end', endSession],
  ['attempts finish and free what waits (the fence)', 'settle_attempts', (play) => report(play, {})],
  ['attempts fail and come again (the fence)', 'settle_requeue', (play) => report(play, failed)],
  ['a back-off is over (the row of the job)', 'release_held', releaseHeld],
  ['the last job ends the workflow (the fence)', 'settle_end_workflows', lastEnd],
  ['events are told (their ids)', 'outbox_confirm', relay],
  ['a cancel is ordered (the workflow says so)', 'command_request_cancel', cancelAll],
  ['a cancel is carried out (the command)', 'cancel_jobs', cancelAll],
  ['some jobs are cancelled (their state)', 'cancel_these', cancelSome],
  ['a retry is ordered (its Idempotency-Key)', 'command_request_retry', retryAll],
  ['a retry is carried out (the command)', 'retry_jobs', retryAll],
  ['a workflow is paused (its state)', 'pause_workflow', (play) => pauseAndResume(play, 'workflow')],
  ['a workflow is resumed (its state)', 'resume_workflow', (play) => pauseAndResume(play, 'workflow')],
  ['a label is paused (its state)', 'pause_tasks', (play) => pauseAndResume(play, 'label')],
  ['a label is resumed (its state)', 'resume_tasks', (play) => pauseAndResume(play, 'label')],
  ['jobs are paused (their rows)', 'pause_jobs', (play) => pauseAndResume(play, 'jobs')],
  ['jobs are resumed (their rows)', 'resume_these', (play) => pauseAndResume(play, 'jobs')],
  ['a limit begins to count (its name)', 'limit_begin', limitSet],
  ['a limit is counted (its change)', 'limit_counted', limitSet],
  ['the caps of a limit change (its name)', 'limit_change_caps', limitChange],
  ['a limit is removed (its name)', 'limit_remove', limitRemove],
  ['an archive is ordered (the workflow says so)', 'keep_order', archive],
  ['a workflow is archived (its run)', 'keep_mark', archive],
  // What stands by itself
  ['a worker registers (requestId)', 'session_register', registerOnce, settings],
  ['shares are applied (their paths)', 'share_set_weight', sharesApply, settings],
  ['a share is removed (its path)', 'share_remove', shareRemove, settings],
  ['use is reported (the name of the report)', 'share_note_report', useReport, settings],
  ['sites are applied (their names)', 'site_write', sitesApply, settings],
  ['a site is removed (its name)', 'site_remove', siteRemove, settings],
  ['a worker is told to end (its session)', 'worker_order', workerEnd, settings],
  [
    'a message is set aside (its bytes)',
    'dead_letter_add',
    (play) => loseAnd(play, () => play.rig.dead.add(letter)),
    settings,
  ],
  ['a letter is put back (its id)', 'dead_letter_requeue', requeue, settings],
  ['a letter was handled (its id)', 'dead_letter_handled', handled, settings],
  ['a letter is dropped (its id)', 'dead_letter_drop', drop, settings],
];

async function loseAnd(play: Play, act: () => Promise<unknown>): Promise<void> {
  play.lose();
  await play.again(act);
}

async function submitAll(play: Play): Promise<void> {
  play.lose();
  await upload(play);
}

async function registerOnce(play: Play): Promise<void> {
  const requestId = randomUUID();
  await loseAnd(play, () => play.rig.register({ requestId }));
}

async function leaseOnce(play: Play): Promise<void> {
  const { rig } = play;
  await upload(play);
  const session = await rig.register();
  const desk = new LeaseDesk({ store: rig.leases, newToken: () => randomUUID().replaceAll('-', ''), nowMs: Date.now });
  const free = { cores: 8, memoryMib: 65_536, walltimeLeftSec: null };
  const requestId = randomUUID();
  play.lose();
  const answers = await play.again(async (tries) => {
    desk.wait('gateway', [{ session, requestId, again: tries > 0, free, max: 5 }]);
    await desk.sweep();
    return (await desk.serve()).answers;
  });
  const [answer] = answers.map(({ body }) => LeaseAnswer.parse(JSON.parse(body)));
  expect(answer?.jobs).toHaveLength(2);
}

const deskOf = (play: Play, sent: TerminalBatch[] = []): SessionDesk =>
  new SessionDesk({
    store: play.rig.sessions,
    bus: {
      oldestUnsettledSec: () => Promise.resolve(null),
      publish: (_, batches) => Promise.resolve(void sent.push(...batches)),
    },
    terms: defaultTerms,
    newBatchId: randomUUID,
    nowMs: Date.now,
  });

async function beatOnce(play: Play): Promise<void> {
  const { session } = await leased(play);
  const desk = deskOf(play);
  const beat = { session, upMs: 1, heldCount: 0, heldHash: 0, leaseSeen: null, batches: [], draining: true };
  await loseAnd(play, () => desk.beat([beat]));
}

/** What it holds is given up, by messages that may come twice. */
async function endSession(play: Play): Promise<void> {
  const { session } = await leased(play);
  const sent: TerminalBatch[] = [];
  const desk = deskOf(play, sent);
  await loseAnd(play, () => desk.end(session, 'ended', 'it ends'));
  for (const batch of sent) await play.rig.settle(batch);
  await play.rig.passBackOffs();
}

async function releaseHeld(play: Play): Promise<void> {
  const { rig } = play;
  const { session, jobs } = await leased(play);
  await rig.end(session, jobs, failed);
  await rig.query("update held set due_at = due_at - interval '2 days'");
  await loseAnd(play, () => rig.transitions.releaseHeld());
}

async function lastEnd(play: Play): Promise<void> {
  const { rig } = play;
  const { session, jobs } = await leased(play);
  await rig.end(session, jobs);
  const [last] = await rig.lease(session, 1);
  if (!last) throw new Error('the last job did not become ready');
  const batch = batchOf(session, [{ job: last, end: {} }]);
  await loseAnd(play, () => rig.settle(batch));
}

async function relay(play: Play): Promise<void> {
  await ended(play);
  const told = new Set<string>();
  const bus = {
    publish: (_: number, body: string): Promise<void> => {
      for (const { id } of JSON.parse(body) as { id: string }[]) told.add(id);
      return Promise.resolve();
    },
  };
  const outbox = new PostgresOutboxStore(play.rig.database);
  const partitions = Array.from({ length: 16 }, (_, partition) => partition);
  await loseAnd(play, () => relayEvents(outbox, bus, partitions));
  const [row] = await play.rig.query('select count(*)::int from outbox where confirmed_at is not null');
  expect(row).toEqual([told.size]);
}

async function cancelAll(play: Play): Promise<void> {
  const { workflowNo } = await leased(play);
  play.lose();
  await play.again(() => play.rig.cancel(workflowNo));
  await play.again(() => play.rig.runCommands());
}

async function cancelSome(play: Play): Promise<void> {
  const { workflowNo } = await leased(play);
  await loseAnd(play, () => play.rig.cancelJobs(workflowNo, { ordinals: [0] }));
  await play.rig.runCommands();
}

async function retryAll(play: Play): Promise<void> {
  const workflowNo = await ended(play);
  const key = randomUUID();
  play.lose();
  await play.again(() => play.rig.orders.requestRetry(workflowNo, {}, key));
  await play.again(() => play.rig.runCommands());
}

/** Half of the cases lose the pause, half the resume: the statement says which. */
async function pauseAndResume(play: Play, what: 'workflow' | 'label' | 'jobs'): Promise<void> {
  const { rig } = play;
  const workflowNo = await upload(play);
  const filter = { ordinals: [0] };
  const options = { dryRun: false, ...(what === 'label' && { labels: ['job'] }) };
  play.lose();
  await play.again<unknown>(() =>
    what === 'jobs' ? rig.pauseJobs(workflowNo, filter) : rig.pause(workflowNo, options),
  );
  const paused = await census(rig);
  await play.again<unknown>(() =>
    what === 'jobs' ? rig.resumeJobs(workflowNo, filter) : rig.resume(workflowNo, options),
  );
  expect(await census(rig)).not.toEqual(paused);
}

async function limitSet(play: Play): Promise<void> {
  await leased(play);
  await loseAnd(play, () => setLimit(limitPorts(play), { limit, given: { capJobs: 5 }, dryRun: false }));
  expect(await play.rig.limits.read(limit)).toMatchObject({ capJobs: 5, usedJobs: 2 });
}

async function limitChange(play: Play): Promise<void> {
  await leased(play);
  await setLimit(limitPorts(play), { limit, given: { capJobs: 5 }, dryRun: false });
  await loseAnd(play, () => setLimit(limitPorts(play), { limit, given: { capJobs: 7 }, dryRun: false }));
  expect(await play.rig.limits.read(limit)).toMatchObject({ capJobs: 7, usedJobs: 2 });
}

async function limitRemove(play: Play): Promise<void> {
  await leased(play);
  await setLimit(limitPorts(play), { limit, given: { capJobs: 5 }, dryRun: false });
  await loseAnd(play, () => removeLimit(limitPorts(play), { limit, dryRun: false }));
  expect(await play.rig.limits.read(limit)).toBeNull();
}

const entries = [
  { path: 'rubin', weight: 3 },
  { path: 'rubin/dm', weight: 2 },
];

async function sharesApply(play: Play): Promise<void> {
  await loseAnd(play, () => changeShares(shares(play), { shares: entries, dryRun: false }));
}

async function shareRemove(play: Play): Promise<void> {
  await changeShares(shares(play), { shares: entries, dryRun: false });
  await loseAnd(play, () => removeShare(shares(play), 'rubin/dm', { dryRun: false }));
}

async function useReport(play: Play): Promise<void> {
  await changeShares(shares(play), { shares: entries, dryRun: false });
  const use = [{ share: 'rubin/dm', coreHours: 8 }];
  await loseAnd(play, () => reportUse(shares(play), { site: 'elsewhere', report: 'monday', use }));
  expect(await play.rig.query('select core_sec from share_outside')).toEqual([[8 * 3_600]]);
}

const site = [{ name: 'far', given: { suspectSec: 90, orphanSec: 900 } }];
const replace = { mode: 'replace', how: 'hand', dryRun: false } as const;

async function sitesApply(play: Play): Promise<void> {
  await loseAnd(play, () => changeSites(sitePorts(play), { sites: site, ...replace }));
}

async function siteRemove(play: Play): Promise<void> {
  await changeSites(sitePorts(play), { sites: site, ...replace });
  await loseAnd(play, () => sitePorts(play).sites.remove('far', { dryRun: false }));
}

async function workerEnd(play: Play): Promise<void> {
  const session = await play.rig.register();
  const order = { session, verb: 'drain', note: 'new kernel', by: 'ops', dryRun: false } as const;
  await loseAnd(play, () => orderWorker(sitePorts(play), order));
}

async function archive(play: Play): Promise<void> {
  const { rig } = play;
  const workflowNo = await ended(play);
  const [row] = await rig.query('select public_id, run_no from workflow where id = $1', [workflowNo]);
  const [id, runNo] = row as [string, number];
  play.lose();
  await play.again(() => orderArchive(keeps(play), { workflowNo, id }, { dryRun: false }));
  const stores = {
    documents: new PostgresDocumentStore(rig.database),
    failures: new PostgresFailureStore(rig.database),
    reads: new PostgresReadStore(rig.database),
  };
  await play.again(() => archiveWorkflow({ keeps: keeps(play), ...stores, folder: null }, { workflowNo, id, runNo }));
}

/** It is sent after all, and stays until its message was handled. */
async function requeue(play: Play): Promise<void> {
  const id = await letterOf(play);
  const sent: string[] = [];
  const send = (each: { id: string }): Promise<void> => Promise.resolve(void sent.push(each.id));
  await loseAnd(play, () => requeueLetters({ letters: play.rig.dead, send }, { ids: [id] }));
  expect(sent).toEqual([id]);
}

async function handled(play: Play): Promise<void> {
  const id = await letterOf(play);
  await play.rig.dead.requeue(id);
  await loseAnd(play, () => play.rig.dead.handled([id]));
}

async function drop(play: Play): Promise<void> {
  const id = await letterOf(play);
  await loseAnd(play, () => dropLetters(play.rig.dead, { ids: [id] }));
}

/** A letter that is set aside again is counted once more, and stays one. */
const withoutTimes = ({ dead_letter: letters = '', ...rest }: Record<string, string>): Record<string, string> => ({
  ...rest,
  dead_letter: letters.replace(/sum\(times\) \d+/, ''),
});

/** Where an answer is lost, and where none is. */
type Pair = [lost: Play, whole: Play];
const begin = (): Promise<Pair> => Promise.all([Play.begin(postgres), Play.begin(postgres)]);
const end = (plays: Pair): Promise<unknown> => Promise.all(plays.map((each) => each.end()));

/** Cases that leave each other alone are played one after the other on the same two databases. */
let shared: { play: string; pair: Pair } | null = null;
async function pairFor(series: string): Promise<Pair> {
  if (series === '') return begin();
  if (shared?.play === series) return shared.pair;
  if (shared) await end(shared.pair);
  shared = { play: series, pair: await begin() };
  return shared.pair;
}

/** Every row as long as the others: a test that wants more than it is given waits to be told that it is over. */
const rows = cases.map(([what, statement, play, series = '']) => [what, statement, play, series] as const);

test.each(rows)('%s: %s', async (_what, statement, play, series) => {
  const plays = await pairFor(series);
  const [lost, whole] = plays;
  try {
    lost.next(statement);
    whole.next(null);
    await Promise.all(plays.map(play));
    expect([lost.lost, whole.lost]).toEqual([1, 0]);
    expect(withoutTimes(await census(lost.rig))).toEqual(withoutTimes(await census(whole.rig)));
    expect(await lost.rig.faults()).toEqual([]);
  } finally {
    if (series === '') await end(plays);
  }
});
