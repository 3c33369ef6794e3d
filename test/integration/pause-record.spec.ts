/** Goal: the record of pauses says of each job what held it, whoever resumed what of it, and ends with every pause. */
import { expect, test } from '@jest/globals';
import { failed, openRigForEachTest, rig, session } from './rig-of-each-test.js';

openRigForEachTest();

/** What held a job, as words. */
async function recordOf(workflowNo: string, ordinal: number): Promise<string[]> {
  const pauses = await rig.waits.pauses({ workflowNo, ordinal, fromMs: 0, untilMs: Date.now() + 60_000 });
  return pauses.map(({ about, label, untilMs, pausedBy, resumedBy }) =>
    [about === 'label' ? label : about, pausedBy, untilMs === null ? 'lasts' : `ended ${resumedBy}`]
      .join(' ')
      .trimEnd(),
  );
}

test('each kind of pause is on record for the jobs that it holds, and no others', async () => {
  const workflowNo = await rig.submit({ jobs: [{ label: 'a' }, { label: 'b' }] });
  await rig.pause(workflowNo, { dryRun: true, by: 'nobody' });
  await rig.pause(workflowNo, { dryRun: false, labels: ['b'], by: 'ann' });
  await rig.pause(workflowNo, { dryRun: false, by: 'bob' });
  await rig.pause(workflowNo, { dryRun: false, by: 'late' });
  expect(await recordOf(workflowNo, 0)).toEqual(['workflow bob lasts']);
  expect(await recordOf(workflowNo, 1)).toEqual(['b ann lasts', 'workflow bob lasts']);
  await rig.resume(workflowNo, { dryRun: false, by: 'cat' });
  expect(await recordOf(workflowNo, 1)).toEqual(['b ann lasts', 'workflow bob ended cat']);
  await rig.resume(workflowNo, { dryRun: false, labels: ['b'], by: 'dan' });
  expect(await recordOf(workflowNo, 1)).toEqual(['b ann ended dan', 'workflow bob ended cat']);
});

test('of jobs paused by one order some may be resumed: of each the record tells its own end', async () => {
  const workflowNo = await rig.submit({ jobs: [{}, {}, {}, {}] });
  await rig.pauseJobs(workflowNo, { ordinals: [0, 1, 2] }, false, 'ann');
  await rig.resumeJobs(workflowNo, { ordinals: [1] }, false, 'bob');
  await rig.resumeJobs(workflowNo, { ordinals: [1, 2, 3] }, false, 'cat');
  await rig.pauseJobs(workflowNo, { ordinals: [1, 3] }, false, 'dan');
  const records = await Promise.all([0, 1, 2, 3].map((ordinal) => recordOf(workflowNo, ordinal)));
  expect(records).toEqual([
    ['job ann lasts'],
    ['job ann ended bob', 'job dan lasts'],
    ['job ann ended cat'],
    ['job dan lasts'],
  ]);
  const from = await rig.query("select count(distinct from_at)::int from pause_order where paused_by = 'ann'");
  expect(from).toEqual([[1]]);
  await rig.resume(workflowNo, { dryRun: false, all: true, by: 'eve' });
  expect(await recordOf(workflowNo, 0)).toEqual(['job ann ended eve']);
  expect(await rig.query('select count(*)::int from pause_order where until_at is null')).toEqual([[0]]);
});

test.each(['cancel', 'retry'])('a %s ends the pauses of its workflow on record too', async (verb) => {
  const workflowNo = await rig.submit({ jobs: [{ label: 'a' }, { label: 'b' }] });
  const jobs = verb === 'retry' ? await rig.lease(session, 2) : [];
  await rig.pause(workflowNo, { dryRun: false, by: 'ann' });
  await rig.pause(workflowNo, { dryRun: false, labels: ['a'], by: 'bob' });
  if (verb === 'cancel') await rig.cancel(workflowNo);
  await rig.end(session, jobs, failed);
  if (verb === 'retry') await rig.orders.requestRetry(workflowNo, {});
  await rig.runCommands();
  expect(await recordOf(workflowNo, 0)).toEqual(['workflow ann ended', 'a bob ended']);
});

test('what is older than it is kept is removed, and what holds a job is not', async () => {
  const over = await rig.submit({ jobs: [{}] });
  const lasting = await rig.submit({ jobs: [{}] });
  await rig.pause(over);
  await rig.resume(over);
  await rig.pause(lasting);
  await rig.query(
    "update pause_order set from_at = from_at - interval '31 days', until_at = until_at - interval '31 days'",
  );
  await rig.waits.forget();
  expect([await recordOf(over, 0), await recordOf(lasting, 0)]).toEqual([[], ['workflow  lasts']]);
});
