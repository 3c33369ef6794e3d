// Goal: what a user orders over HTTP - pause, resume, cancel, retry - is done once, told in every view, and rehearsed truly.
import { expect, test } from '@jest/globals';
import { CancelAnswer, PauseAnswer, type RetryAnswer, WhyView, WorkflowPage } from '#contracts';
import { call, endSession, jsonOf, problemOf, register, show, submit, until, work } from './gateway-trial.js';

test('a cancelled workflow ends, and cancelling it again changes nothing', async () => {
  const id = await submit('cancelled', [{ name: 'a' }, { name: 'b', after: ['a'] }]);
  await jsonOf(call('POST', `/api/v1/workflows/${id}/cancel`));
  await until(async () => (await show(id)).workflow.state === 'cancelled');
  expect((await show(id)).workflow).toMatchObject({
    cancelRequested: true,
    counts: { failed: 2 },
    failedBy: { cancelled: 2 },
  });
  expect(await jsonOf(call('POST', `/api/v1/workflows/${id}/cancel`))).toMatchObject({
    ...{ workflow: id, state: 'cancelled', changed: false, ends: 0 },
  });
}, 60_000);

test('a paused workflow says so in every view, hands out nothing, and goes on where it stood', async () => {
  const id = await submit('paused', [{ name: 'a' }, { name: 'b', after: ['a'] }, { name: 'c' }]);
  const order = (verb: string, json?: object) => call('POST', `/api/v1/workflows/${id}/${verb}`, json && { json });
  const counts = { total: 3, waiting: 1, ready: 2, leased: 0, finished: 0, failed: 0 };
  const rehearsed = await jsonOf(order('pause', { dryRun: true }));
  expect(rehearsed).toMatchObject({ workflow: id, state: 'paused', dryRun: true, changed: true, counts });
  expect((await show(id)).workflow).toMatchObject({ state: 'running', pausedAt: null });

  const paused = PauseAnswer.parse(await jsonOf(order('pause')));
  expect(paused).toMatchObject({ state: 'paused', dryRun: false, changed: true, counts });
  expect(await jsonOf(order('pause'))).toEqual({ ...paused, changed: false });
  const worker = await register();
  expect(await work(worker, [], 1)).toEqual([]);
  const view = await show(id);
  expect(view).toMatchObject({ gaps: [], etaSec: null, tasks: [{ label: 'work', state: 'paused', counts }] });
  expect(view.workflow).toMatchObject({ state: 'paused', pausedAt: paused.pausedAt, counts });
  const page = WorkflowPage.parse(await jsonOf(call('GET', '/api/v1/workflows?state=paused')));
  expect(page.workflows).toMatchObject([{ id, state: 'paused', counts }]);
  const why = WhyView.parse(await jsonOf(call('GET', `/api/v1/workflows/${id}/jobs/a/why`)));
  expect(why).toMatchObject({ state: 'ready', cause: 'paused' });
  expect(why.lines.join()).toContain(`since ${paused.pausedAt}: \`sluice resume ${id}\``);
  expect(await problemOf(order('retry', {}))).toMatchObject({ status: 409, code: 'workflow/not-ended' });

  expect(await jsonOf(order('resume', { dryRun: true }))).toMatchObject({ state: 'running', changed: true });
  expect((await show(id)).workflow.state).toBe('paused');
  expect(await jsonOf(order('resume'))).toMatchObject({ state: 'running', changed: true, pausedAt: null, counts });
  expect(await jsonOf(order('resume'))).toMatchObject({ state: 'running', changed: false });
  expect((await work(worker)).sort()).toEqual(['a', 'c']);
  expect(await work(worker)).toEqual(['b']);
  expect((await show(id)).workflow).toMatchObject({ state: 'done', pausedAt: null });
  for (const verb of ['pause', 'resume', 'cancel']) {
    const problem = await problemOf(order(verb, { dryRun: true }));
    expect(problem).toMatchObject({ status: 409, code: 'workflow/ended', detail: expect.stringContaining(verb) });
  }
  await endSession(worker);
}, 60_000);

test('a worker that waits gets what a resume gives back, a retry whose back-off is over included', async () => {
  const id = await submit('resumed', [{ name: 'a' }], { retry: { retries: 1, backoffSec: 1 } });
  const worker = await register();
  await work(worker, ['a']);
  await jsonOf(call('POST', `/api/v1/workflows/${id}/pause`));
  expect(await work(worker, [], 3)).toEqual([]);
  const worked = work(worker); // a sweep alone would take up to 30 s
  await jsonOf(call('POST', `/api/v1/workflows/${id}/resume`));
  expect(await worked).toEqual(['a']);
  expect((await show(id)).workflow.state).toBe('done');
  await endSession(worker);
}, 60_000);

test('a dry run of cancel and of retry changes nothing and tells what the real one then does', async () => {
  const id = await submit('rehearsed', [{ name: 'a' }, { name: 'b', after: ['a'] }]);
  const order = (verb: string, json: object) => call('POST', `/api/v1/workflows/${id}/${verb}`, { json });
  const rehearsed = CancelAnswer.parse(await jsonOf(order('cancel', { dryRun: true })));
  expect(rehearsed).toMatchObject({ dryRun: true, changed: true, ends: 2, counts: { waiting: 1, ready: 1 } });
  expect((await show(id)).workflow).toMatchObject({ state: 'running', cancelRequested: false });
  expect(await jsonOf(order('cancel', {}))).toEqual({ ...rehearsed, dryRun: false });
  await until(async () => (await show(id)).workflow.state === 'cancelled');
  const again = await jsonOf<RetryAnswer>(order('retry', { jobs: ['work/b', '0'], dryRun: true }));
  expect(again).toMatchObject({ runNo: 2, retried: 2, dryRun: true });
  expect((await show(id)).workflow).toMatchObject({ state: 'cancelled', runNo: 1 });
  expect(await jsonOf(order('retry', { jobs: ['work/b', '0'] }))).toEqual({ ...again, dryRun: false });
  await jsonOf(order('cancel', {}));
}, 60_000);

test('a retry sent again under its key is the same order, with the same answer; another order under it is refused', async () => {
  const id = await submit('repeated', [{ name: 'a' }]);
  const cancel = async (): Promise<void> => {
    await jsonOf(call('POST', `/api/v1/workflows/${id}/cancel`));
    await until(async () => (await show(id)).workflow.state === 'cancelled');
  };
  const retry = (key: string, json: object = {}) =>
    call('POST', `/api/v1/workflows/${id}/retry`, { json, headers: { 'idempotency-key': key } });
  await cancel();
  const once = await jsonOf<RetryAnswer>(retry('one'));
  expect(once).toMatchObject({ runNo: 2, retried: 1 });
  await cancel(); // it has ended again: without the key it would be retried again
  expect(await jsonOf(retry('one'))).toEqual(once);
  expect((await show(id)).workflow).toMatchObject({ state: 'cancelled', runNo: 2 });
  expect(await problemOf(retry('one', { labels: ['work'] }))).toMatchObject({
    ...{ status: 422, code: 'idempotency-key/reused' },
  });
  expect(await problemOf(retry('no key'))).toMatchObject({ status: 400, code: 'idempotency-key/invalid' });
  expect(await jsonOf(retry('two'))).toMatchObject({ runNo: 3 });
  await cancel();
}, 60_000);

test.each([
  ['an unknown job', 'retry', { jobs: ['nobody'] }, 404, 'not-found'],
  ['conditions that nothing meets', 'retry', { labels: ['work'], exitCodes: [77] }, 404, 'retry/nothing-matched'],
  ['an exit code that is none', 'retry', { exitCodes: ['x'] }, 422, 'schema/invalid'],
  ['a condition that does not exist', 'retry', { label: 'work' }, 422, 'schema/invalid'],
  ['a pause of an unknown job', 'pause', { jobs: ['nobody'] }, 404, 'not-found'],
  ['a resume of all that names some', 'resume', { all: true, labels: ['work'] }, 400, 'resume/all'],
  ['a pause of all', 'pause', { all: true }, 422, 'schema/invalid'],
  ['an order that does not exist', 'pause', { dryrun: true }, 422, 'schema/invalid'],
  ['a wish that is no boolean', 'cancel', { dryRun: 'yes' }, 422, 'schema/invalid'],
])('%s is refused and changes nothing', async (_, verb, json, status, code) => {
  const id = await submit(`refused-${verb}`, [{ name: 'a' }]);
  await jsonOf(call('POST', `/api/v1/workflows/${id}/cancel`));
  await until(async () => (await show(id)).workflow.state === 'cancelled');
  const before = await show(id);
  expect(await problemOf(call('POST', `/api/v1/workflows/${id}/${verb}`, { json }))).toMatchObject({ status, code });
  expect(await show(id)).toEqual(before);
});

test('a paused label says so in every view, the others go on, and an unknown label is refused and pauses none', async () => {
  const id = await submit('one-label', [{ name: 'a' }]);
  const order = (verb: string, json: object) => call('POST', `/api/v1/workflows/${id}/${verb}`, { json });
  expect((await problemOf(order('pause', { labels: ['work', 'nope'] }))).status).toBe(404);
  const rehearsed = CancelAnswer.parse(await jsonOf(order('cancel', { labels: ['work'], dryRun: true })));
  expect(rehearsed).toMatchObject({ changed: true, ends: 1, prunes: 0, more: false, state: 'running' });
  expect((await problemOf(order('cancel', { label: ['work'] }))).status).toBe(422);
  expect((await show(id)).tasks).toMatchObject([{ label: 'work', state: 'running' }]);
  const paused = PauseAnswer.parse(await jsonOf(order('pause', { labels: ['work'] })));
  expect(paused).toMatchObject({ state: 'running', labels: ['work'], tasks: [{ label: 'work', paused: true }] });
  const view = await show(id);
  expect(view).toMatchObject({ workflow: { state: 'running' }, gaps: [], tasks: [{ state: 'paused' }] });
  const why = WhyView.parse(await jsonOf(call('GET', `/api/v1/workflows/${id}/jobs/a/why`)));
  expect(why).toMatchObject({ cause: 'paused', lines: [expect.stringContaining(`sluice resume ${id} --label work`)] });
  const worker = await register();
  expect(await work(worker, [], 1)).toEqual([]);
  await jsonOf(order('resume', { labels: ['work'] }));
  expect(await work(worker)).toEqual(['a']);
  await endSession(worker);
}, 60_000);

test('jobs that a filter means are paused by name, say so in every view, and are resumed', async () => {
  const id = await submit('some-jobs', [{ name: 'a' }, { name: 'b' }, { name: 'c', after: ['a'] }]);
  const order = (verb: string, json: object) => call('POST', `/api/v1/workflows/${id}/${verb}`, { json });
  const why = async (job: string) =>
    WhyView.parse(await jsonOf(call('GET', `/api/v1/workflows/${id}/jobs/${job}/why`)));
  const rehearsed = PauseAnswer.parse(await jsonOf(order('pause', { jobs: ['a', 'work/c'], dryRun: true })));
  expect(rehearsed).toMatchObject({ changed: true, pausedJobs: 2, labels: null, more: false });
  expect(rehearsed.chosen).toMatchObject([{ label: 'work', counts: { total: 2, ready: 1, waiting: 1 } }]);
  expect((await show(id)).tasks[0]?.pausedReady).toBeUndefined();
  expect(await jsonOf(order('pause', { jobs: ['a', 'work/c'] }))).toEqual({ ...rehearsed, dryRun: false });
  expect((await show(id)).tasks).toMatchObject([{ state: 'running', pausedReady: 1, counts: { ready: 2 } }]);
  const said = expect.stringMatching(`this job is paused since .*: \`sluice resume ${id} --job 0\``);
  expect(await why('a')).toMatchObject({ cause: 'paused', lines: [said] });
  const waits = await why('c');
  expect(waits).toMatchObject({ cause: 'waits-for-parents' });
  expect(waits.lines.at(-1)).toContain(`sluice resume ${id} --job 2`);
  const worker = await register();
  expect(await work(worker)).toEqual(['b']);
  expect(PauseAnswer.parse(await jsonOf(order('resume', {})))).toMatchObject({ changed: false, pausedJobs: 2 });
  expect(PauseAnswer.parse(await jsonOf(order('resume', { states: ['ready'] })))).toMatchObject({ pausedJobs: 1 });
  expect(await work(worker)).toEqual(['a']);
  expect(PauseAnswer.parse(await jsonOf(order('resume', { all: true })))).toMatchObject({
    changed: true,
    pausedJobs: 0,
  });
  expect(await work(worker)).toEqual(['c']);
  await endSession(worker);
}, 60_000);
