// Goal: jobs that are made to wait, each in another way, say why through real services; afterwards the record says it too.
import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from '@jest/globals';
import { WhyView, WorkflowWhy, type LeaseAnswer, type RegisterAnswer, type ReportAnswer } from '#contracts';
import { call, endSession, jsonOf, submit, until, work } from './gateway-trial.js';

const workers: RegisterAnswer[] = [];
const workflows: string[] = [];

afterEach(async () => {
  for (const id of workflows.splice(0)) await call('POST', `/api/v1/workflows/${id}/cancel`);
  for (const worker of workers.splice(0)) await endSession(worker);
});

async function comes(over: object = {}): Promise<RegisterAnswer> {
  const json = {
    ...{ site: 'S', worker: 'w1', cores: 2, memoryMib: 8_192, walltimeSec: null, tags: {}, transforms: ['noop@1'] },
    ...over,
  };
  const worker = await jsonOf<RegisterAnswer>(call('POST', '/worker/v1/sessions', { json }), 201);
  workers.push(worker);
  return worker;
}

async function submitted(...args: Parameters<typeof submit>): Promise<string> {
  const id = await submit(...args);
  workflows.push(id);
  return id;
}

/** One job whose template is this. */
const one = (template: object = {}, whose = {}): Promise<string> => submitted('w', [{ name: 'a' }], template, whose);

const why = async (id: string, job = 'a'): Promise<WhyView> =>
  WhyView.parse(await jsonOf(call('GET', `/api/v1/workflows/${id}/jobs/${job}/why`)));

const ask = (worker: RegisterAnswer, max = 1, waitSec = 10): Promise<LeaseAnswer> => {
  const json = { requestId: randomUUID(), free: { cores: 2, memoryMib: 8_192, walltimeLeftSec: null }, max, waitSec };
  return jsonOf<LeaseAnswer>(call('POST', '/worker/v1/lease', { json, token: worker.token }));
};

/** Ends the jobs of a lease. */
async function end(worker: RegisterAnswer, { lease, tasks, jobs }: LeaseAnswer, how: object): Promise<void> {
  const [task] = tasks;
  const events = jobs.map(({ ordinal, attempt }) => ({
    ...{ lease: 0, job: `${task?.workflowNo}:${ordinal}`, attempt, startedAtMs: Date.now(), endedAtMs: Date.now() },
    ...how,
  }));
  const report = {
    batchId: randomUUID(),
    session: worker.session,
    partition: task?.partition,
    leases: [lease],
    events,
  };
  await until(async () => {
    const json = call('POST', '/worker/v1/report', { json: report, token: worker.token });
    return (await jsonOf<ReportAnswer>(json)).state === 'settled';
  });
}

interface Case {
  /** Makes it wait. @returns the workflow, whose job `a` it is about */
  made: () => Promise<string>;
  cause: WhyView['cause'];
  says: RegExp;
  remedy?: string;
}

const asks = (resources: object): Promise<string> => one({ resources });
const put = (path: string, json: object): Promise<unknown> => jsonOf(call('PUT', `/api/v1/${path}`, { json }));
const post = (path: string, json: object): Promise<unknown> => jsonOf(call('POST', `/api/v1/${path}`, { json }));

/** A worker, and all that it can do is done: one job of somebody else holds it. */
async function busyWorker(): Promise<RegisterAnswer> {
  const worker = await comes();
  await submitted('holds', [{ name: 'h' }], {}, { space: 'sp', owner: 'carol' });
  expect((await ask(worker)).jobs).toHaveLength(1);
  return worker;
}

/** Of three jobs a limit lets one run, and it does. */
async function limited(
  limit = `l${randomUUID().slice(0, 8)}`,
): Promise<{ id: string; worker: RegisterAnswer; lease: LeaseAnswer }> {
  const worker = await comes();
  await put(`limits/named/${limit}`, { capJobs: 1 });
  const id = await submitted('limited', [{ name: 'first' }, { name: 'a' }], { limits: [limit] });
  const lease = await ask(worker, 5);
  expect(lease.jobs).toHaveLength(1);
  return { id, worker, lease };
}

const cases: Record<string, Case> = {
  'no worker is there': { made: () => one(), cause: 'no-worker', says: /no worker is there/, remedy: 'sluice up' },
  'no worker offers the transform': {
    made: async () => (await comes({ transforms: ['other@1'] }), one()),
    ...{ cause: 'no-worker-offers-transform', says: /"noop".*: other/ },
  },
  'cores that nobody has': {
    made: async () => (await comes(), asks({ cores: 8 })),
    ...{ cause: 'no-worker-fits', says: /at S: 6 cores too few/ },
  },
  'memory that nobody has': {
    made: async () => (await comes(), asks({ memoryMib: 10_240 })),
    ...{ cause: 'no-worker-fits', says: /at S: 2 GiB too few/ },
  },
  'GPUs that nobody has': {
    made: async () => (await comes(), asks({ gpus: 1 })),
    ...{ cause: 'no-worker-fits', says: /1 GPU/ },
  },
  'disk that nobody has': {
    made: async () => (await comes({ diskMib: 10 }), asks({ diskMib: 500 })),
    ...{ cause: 'no-worker-fits', says: /500 MiB of disk.*10 MiB/ },
  },
  'walltime that nobody has left': {
    made: async () => (await comes({ walltimeSec: 60 }), asks({ walltimeSec: 600 })),
    ...{ cause: 'no-worker-fits', says: /600 seconds of walltime/ },
  },
  'a tag that nobody has': {
    made: async () => (await comes(), one({ placement: { tags: { arch: 'arm' } } })),
    ...{ cause: 'no-worker-fits', says: /arch=arm/, remedy: 'sluice worker --tags arch=arm' },
  },
  'a site without workers': {
    made: async () => (await comes(), one({ placement: { sites: ['T'] } })),
    ...{ cause: 'no-worker-fits', says: /only run at T; workers are at S/ },
  },
  'a site that is stopped': {
    made: async () => {
      await comes({ site: 'closed' });
      await post('sites/closed/stop', { note: 'disk full', by: 'ann' });
      return one();
    },
    ...{ cause: 'site-closed', says: /closed is stopped since 20\S+ by ann \(disk full\)/ },
    remedy: 'sluice site open closed',
  },
  'a site that drains': {
    made: async () => (await comes({ site: 'drained' }), await post('sites/drained/drain', {}), one()),
    ...{ cause: 'site-closed', says: /drained is draining/, remedy: 'sluice site open drained' },
  },
  'a pull ceiling': {
    made: async () => {
      await put('sites/low', { pullCores: 1 });
      await comes({ site: 'low' });
      return asks({ cores: 2 });
    },
    ...{ cause: 'no-worker-fits', says: /site low lets workers take jobs of at most 1 core/ },
    remedy: 'sluice site set low --pull-cores 2',
  },
  'a limit': {
    made: async () => (await limited('named_limit')).id,
    ...{ cause: 'limit', says: /limit named_limit is at its cap: 1 of 1 jobs .* held by 1 of w-\w+ \(/ },
    remedy: 'sluice limit set named_limit --jobs 2',
  },
  'an allocation that is used up': {
    made: async () => {
      await comes();
      await put('shares', { shares: [{ path: 'spent/dave', allocation: { coreHours: 1, periodDays: 30 } }] });
      await post('shares/use', { site: 'X', use: [{ share: 'spent/dave', coreHours: 3 }] });
      return one({}, { space: 'spent', owner: 'dave' });
    },
    ...{ cause: 'allocation', says: /share spent\/dave is used up: 3 of 1 core hours; the next period begins 20/ },
    remedy: 'sluice share allocate spent/dave --core-hours 4 --days 30',
  },
  'a share that had more than its part': {
    made: async () => {
      await busyWorker();
      await put('shares', { shares: [{ path: 'sp/alice' }] });
      await post('shares/use', { site: 'X', use: [{ share: 'sp/alice', coreHours: 9 }] });
      await submitted('others', [{ name: 'x' }, { name: 'y' }], {}, { space: 'sp', owner: 'bob' });
      return one({}, { space: 'sp', owner: 'alice' });
    },
    ...{ cause: 'share', says: /share sp\/alice had 100 % .* target is 50 %: sp\/bob with 2 ready jobs go first/ },
    remedy: 'sluice share set sp/alice --weight 99',
  },
  'workers that are busy': {
    made: async () => (await busyWorker(), one({}, { space: 'sp', owner: 'erin' })),
    ...{ cause: 'workers-busy', says: /only worker that can run it is busy/ },
  },
  'a paused workflow': {
    made: async () => {
      const id = await one();
      await post(`workflows/${id}/pause`, {});
      return id;
    },
    ...{ cause: 'paused', says: /the workflow is paused since 20/ },
  },
  'a paused label': {
    made: async () => {
      const id = await one();
      await post(`workflows/${id}/pause`, { labels: ['work'] });
      return id;
    },
    ...{ cause: 'paused', says: /label work is paused since 20/ },
  },
  'a back-off': {
    made: async () => {
      const worker = await comes();
      const rules = [{ exit: [3], then: 'retry', backoffSec: 600 }];
      const id = await one({ retry: { retries: 2, rules } });
      await end(worker, await ask(worker), { outcome: 'failed', reason: 'error', exitCode: 3, message: 'x' });
      return id;
    },
    ...{
      cause: 'held',
      says: /error, exit 3.* again in 1\d min, at 20\S+: rule 1 of its template, 1 of 2 retries used/,
    },
  },
};

test.each(Object.keys(cases))(
  'a job says why it waits: %s',
  async (name) => {
    const { made, cause, says, remedy } = cases[name] as Case;
    const id = await made();
    const view = await why(id);
    expect(view.lines.join('\n')).toMatch(says);
    expect(view).toMatchObject({ state: 'ready', cause });
    if (remedy) expect(view.remedy).toBe(remedy);
    const { waits } = WorkflowWhy.parse(await jsonOf(call('GET', `/api/v1/workflows/${id}/why`)));
    expect(waits).toContainEqual(expect.objectContaining({ label: 'work', cause, jobs: 1 }));
  },
  30_000,
);

test('a job that waits for parents names them', async () => {
  const id = await submitted('parents', [{ name: 'p' }, { name: 'a', after: ['p'] }]);
  expect(await why(id)).toMatchObject({ cause: 'waits-for-parents', details: { parents: 1, left: 1 } });
});

const parts = async (id: string): Promise<string[]> => {
  const { waited } = await why(id);
  return waited.flatMap((span) =>
    span.parts.filter(({ sec }) => sec >= 1).map(({ cause }) => `${span.attempt} ${cause}`),
  );
};

test('after the fact a job says what each of its attempts waited for, and whose limit it was', async () => {
  const { id, worker, lease } = await limited('past_limit');
  await until(async () => (await parts(id)).includes('1 limit'));
  await put('sites/S', { state: 'stopped' });
  await until(async () => (await parts(id)).includes('1 site-closed'));
  await put('sites/S', { state: 'open' });
  await end(worker, lease, { outcome: 'finished', exitCode: 0 });
  expect(await work(worker)).toEqual(['a']);
  const view = await why(id);
  expect(view).toMatchObject({ state: 'finished', cause: 'finished' });
  expect(await parts(id)).toEqual(expect.arrayContaining(['1 limit', '1 site-closed']));
  const [span] = view.waited;
  expect(span?.parts.reduce((sum, { sec }) => sum + sec, 0)).toBeLessThanOrEqual((span?.sec ?? 0) + 2);
  expect(view.lines.join('\n')).toMatch(
    /waited \d+ s before attempt 1:\n(.*\n)? {2}\d+ s limit past_limit is at its cap: 1 of 1 jobs/,
  );
}, 60_000);

test('after the fact a job says which pauses held it, from when to when, and by whose orders', async () => {
  const worker = await comes();
  const id = await one();
  const order = (verb: string, by: string, about = {}): Promise<unknown> =>
    post(`workflows/${id}/${verb}`, { by, ...about });
  await order('pause', 'ann@vm');
  await order('pause', 'bob@vm', { labels: ['work'] });
  await order('pause', 'cat@vm', { jobs: ['a'] });
  expect((await why(id)).lines.slice(0, 3)).toEqual([
    expect.stringMatching(/^the workflow is paused since 20\S+ by ann@vm: `sluice resume w-\w+` lets it go on$/),
    expect.stringMatching(/^label work is paused since 20\S+ by bob@vm: /),
    expect.stringMatching(/^this job is paused since 20\S+ by cat@vm: /),
  ]);
  const { waits } = WorkflowWhy.parse(await jsonOf(call('GET', `/api/v1/workflows/${id}/why`)));
  expect(waits).toMatchObject([{ cause: 'paused', text: expect.stringMatching(/ by ann@vm: /) }]);
  const pausedFor = async (sec: number): Promise<boolean> => (await why(id)).waited[0]?.parts[0]?.sec === sec;
  await until(() => pausedFor(2));
  await order('resume', 'dan@vm');
  await order('resume', 'eve@vm', { labels: ['work'] });
  await until(async () => (await why(id)).waited[0]?.parts.some(({ text }) => /this job/.test(text)) ?? false);
  await order('resume', 'fay@vm', { all: true });
  expect(await work(worker)).toEqual(['a']);
  const view = await why(id);
  expect(view).toMatchObject({
    state: 'finished',
    waited: [{ attempt: 1, parts: [{ cause: 'paused' }, { cause: 'paused' }] }],
  });
  const text = view.lines.join('\n');
  expect(text).toMatch(/ {2}\d s the workflow was paused from 20\S+ by ann@vm until 20\S+ by dan@vm/);
  expect(text).toMatch(/ {2}\d s this job was paused from 20\S+ by cat@vm until 20\S+ by fay@vm/);
}, 60_000);
