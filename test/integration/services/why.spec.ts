// Goal: jobs that are made to wait, each in another way, on real services and workers: what the command line says is so, with
// the number; the command that it names helps; and when all is over it still says what was waited for.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { SluiceClient } from '#client';
import type { WhyView, WorkflowWait } from '#contracts';
import { runSluice, TestStack, until } from '#test-kit';

let stack: TestStack;
let client: SluiceClient;
let gate: string;

beforeAll(async () => {
  stack = await TestStack.start({ brokers: 2, monitors: 1 });
  client = stack.client();
  gate = join(stack.folder.path, 'gate');
  const sites = {
    main: ['--cores', '4', '--disk-mib', '1000', '--walltime-sec', '3600', '--tags', 'arch=x86_64'],
    capped: [],
    busy: ['--cores', '1'],
    stopped: [],
    drained: [],
  };
  const starts = Object.entries(sites).map(([site, flags]) => worker(site, ['--site', site, ...flags]));
  await Promise.all(starts);
}, 90_000);
afterAll(async () => {
  writeFileSync(gate, '');
  await client?.close();
  await stack?.stop();
}, 60_000);

/** One that finds neither bubblewrap nor Apptainer. */
const worker = (name: string, flags: string[]): Promise<unknown> =>
  stack.startWorker(name, flags, { environment: { SLUICE_BWRAP: '/none', SLUICE_APPTAINER: '/none' } });

interface Case {
  /** Of its template. */
  template?: Record<string, unknown>;
  jobs?: Record<string, unknown>[];
  as?: string;
  /** Orders before and after it is submitted; `ID` is the workflow. */
  before?: string[][];
  orders?: string[][];
  cause: WhyView['cause'];
  says: RegExp;
  /** Null: to wait is what there is to do. */
  remedy: RegExp | null;
  /** What was waited for, told of the job when it has run; left out: it does not run here. */
  after?: RegExp;
}

const at = (site: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  ...{ command: { argv: ['true'] }, placement: { sites: [site] } },
  ...more,
  resources: { cores: 1, memoryMib: 16, ...(more['resources'] as object | undefined) },
});
const held = (): Record<string, unknown> => ({
  command: { argv: ['sh', '-c', `until test -e ${gate}; do sleep 0.1; done`] },
});
const asking = (resources: object): Record<string, unknown> => at('main', { resources });

const cases: Record<string, Case> = {
  parents: {
    template: at('main'),
    jobs: [
      { name: 'p', template: 'hold' },
      { name: 'a', template: 'work', after: ['p'] },
    ],
    ...{ cause: 'waits-for-parents', says: /^waits for 1 of 1 parents\n {2}hold\/p is leased$/, remedy: null },
    after: /\nwaited \d+ (?:s|min) for its parents: hold\/p was the last/,
  },
  'named-limit': {
    ...{ template: at('main', { limits: ['db'] }), as: 'bob', cause: 'limit' },
    says: /^limit db is at its cap: 1 of 1 jobs are with workers; they are held by 1 of w-\w+ \(alice\)\n/,
    ...{ remedy: /^sluice limit set db --jobs 2$/, after: /\d+ (?:s|min) limit db is at its cap: 1 of 1/ },
  },
  'user-cap': {
    ...{ template: at('main'), as: 'carol', cause: 'limit' },
    says: /^limit user:carol is at its cap: 1 of 1 jobs are with workers; they are held by 1 of w-\w+ \(carol\)\n/,
    ...{ remedy: /^sluice limit set user:carol --jobs 2$/, after: /\d+ (?:s|min) limit user:carol is at its cap/ },
  },
  'site-cap': {
    ...{ template: at('capped'), cause: 'limit', says: /^needs 1 core; under limit site:capped 1 of 1 cores are/ },
    ...{ remedy: /^sluice limit set site:capped --cores 2$/, after: /under limit site:capped 1 of 1 cores/ },
  },
  share: {
    ...{ template: at('busy'), as: 'dave', cause: 'share' },
    says: /^share default\/dave had \d+ % of what was used, its target is \d+ %: default\/erin with 2 ready jobs go first/,
    ...{
      remedy: /^sluice share set default\/dave --weight \d+$/,
      after: /share default\/dave had \d+ % of what was used/,
    },
  },
  allocation: {
    ...{ template: at('main'), as: 'gina', cause: 'allocation' },
    before: [
      ['share', 'allocate', 'default/gina', '--core-hours', '1', '--days', '30'],
      ['share', 'report-use', 'main', '--share', 'default/gina', '--core-hours', '2.5', '--report', 'gina'],
    ],
    says: /^the allocation of share default\/gina is used up: 2.5 of 1 core hours; the next period begins 20/,
    remedy: /^sluice share allocate default\/gina --core-hours 3 --days 30$/,
    after: /\d+ (?:s|min) the allocation of share default\/gina is used up: 2.5 of 1 core hours/,
  },
  memory: {
    ...{ template: asking({ memoryMib: 5120 }), cause: 'no-worker-fits', remedy: null },
    says: /^needs 1 core and 5 GiB; the largest worker has 4 cores and 2 GiB, at main: 3 GiB too few/,
  },
  cores: {
    ...{ template: asking({ cores: 6 }), cause: 'no-worker-fits', remedy: null },
    says: /the largest worker has 4 cores and 2 GiB, at main: 2 cores too few/,
  },
  disk: {
    ...{ template: asking({ diskMib: 2048 }), cause: 'no-worker-fits', remedy: null },
    says: /^needs 2 GiB of disk; the most that a worker has is 1000 MiB/,
  },
  gpus: {
    ...{ template: asking({ gpus: 2 }), cause: 'no-worker-fits', remedy: null },
    says: /^needs 2 GPUs; no worker offers any/,
  },
  walltime: {
    ...{ template: asking({ walltimeSec: 9000 }), cause: 'no-worker-fits', remedy: null },
    says: /^needs 9000 seconds of walltime; the longest that a worker has left is 3\d\d\d seconds/,
  },
  tag: {
    ...{ template: at('main', { placement: { sites: ['main'], tags: { arch: 'arm64' } } }), cause: 'no-worker-fits' },
    says: /^needs a worker with arch=arm64; there is arch=x86_64/,
    ...{ remedy: /^sluice worker --site main --tags arch=arm64$/, after: /needs a worker with arch=arm64/ },
  },
  'site-without-workers': {
    ...{ template: at('nowhere'), cause: 'no-worker-fits', says: /^may only run at nowhere; workers are at / },
    ...{ remedy: /^sluice worker --site nowhere$/, after: /may only run at nowhere/ },
  },
  'pull-ceiling': {
    ...{ template: asking({ cores: 4 }), cause: 'no-worker-fits' },
    before: [['site', 'set', 'main', '--pull-cores', '3']],
    says: /^needs 4 cores and 16 MiB; site main lets workers take jobs of at most 3 cores/,
    ...{ remedy: /^sluice site set main --pull-cores 4$/, after: /of at most 3 cores/ },
  },
  'site-stopped': {
    ...{ template: at('stopped'), cause: 'site-closed' },
    before: [['site', 'stop', 'stopped', '--note', 'disk full']],
    says: /^site stopped is stopped since 20\S+Z by \S+ \(disk full\): `sluice site open stopped` lets it go on/,
    ...{ remedy: /^sluice site open stopped$/, after: /site stopped is stopped since 20\S+Z by \S+ \(disk full\)/ },
  },
  'site-draining': {
    ...{ template: at('drained'), before: [['site', 'drain', 'drained']], cause: 'site-closed' },
    says: /^site drained is draining since 20\S+Z by \S+: `sluice site open drained` lets it go on/,
    ...{ remedy: /^sluice site open drained$/, after: /site drained is draining since 20/ },
  },
  'paused-workflow': {
    ...{ template: at('later'), orders: [['pause', 'ID']], cause: 'paused' },
    ...{
      says: /^the workflow is paused since 20\S+Z by \S+: `sluice resume w-\w+` lets/,
      remedy: /^sluice resume w-\w+$/,
    },
  },
  'paused-label': {
    ...{ template: at('later'), orders: [['pause', 'ID', '--label', 'work']], cause: 'paused' },
    ...{ says: /^label work is paused since 20\S+Z/, remedy: /^sluice resume w-\w+ --label work$/ },
  },
  'paused-filter': {
    ...{ template: at('later'), orders: [['pause', 'ID', '--state', 'ready']], cause: 'paused' },
    ...{ says: /^this job is paused since 20\S+Z/, remedy: /^sluice resume w-\w+ --job 0$/ },
  },
  transform: {
    ...{ template: { transform: 'reduce' }, cause: 'no-worker-offers-transform', remedy: null },
    says: /^no worker offers transform "reduce" \(5 workers are there: command, /,
  },
  image: {
    ...{ template: at('main', { command: { argv: ['true'], image: 'docker://alpine:3' } }), cause: 'no-worker-fits' },
    ...{ says: /^needs apptainer at the worker, for its image; /, remedy: null },
  },
  // The last that is submitted and the first that is asked about: it lasts so long only.
  'back-off': {
    template: at('main', { command: { argv: ['sh', '-c', 'exit 3'] }, retry: { retries: 1, backoffSec: 12 } }),
    ...{ cause: 'held', remedy: null },
    says: /^attempt 1 failed \(error, exit 3\); it is tried again in \d+ s, at 20\S+Z: back-off of its template, 1 of 1 retries/,
    after:
      /waited \d+ (?:s|min) before attempt 2: \d+ (?:s|min) held until 20\S+Z after attempt 1 failed \(error, exit 3\)/,
  },
};

const ids = new Map<string, string>();
const idOf = (name: string): string => ids.get(name) ?? '';

async function sluice(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runSluice(stack, args);
  if (code !== 0) throw new Error(`sluice ${args.join(' ')}: ${code}\n${stdout}${stderr}`);
  return stdout;
}

const why = (name: string): Promise<WhyView> => client.why(idOf(name), cases[name]?.jobs ? 'a' : '0');

/** Independent jobs but for what `jobs` says. */
async function submit(name: string, { template = {}, jobs, as }: Partial<Case>): Promise<void> {
  if (!jobs) return void ids.set(name, await stack.submit(name, { template, jobs: 1, owner: as }));
  const file = join(stack.folder.path, `${name}.json`);
  const templates = { work: template, hold: { ...template, ...held() } };
  writeFileSync(file, JSON.stringify({ apiVersion: 'sluice/v1', name, templates, jobs }));
  ids.set(name, (await sluice('submit', file, '--as', as ?? 'operator', '-o', 'id')).trim());
}

/** A job that runs until the gate is there. */
async function holds(name: string, template: Record<string, unknown>, as = 'operator'): Promise<void> {
  await submit(name, { template: { ...template, ...held() }, as });
  await until(`${name} runs`, 30_000, async () => (await stack.leased(idOf(name))) === 1);
}

test(
  'what is said of each wait is so, what it advises helps, and afterwards it is still told',
  () =>
    stack.explained(async () => {
      await sluice('limit', 'set', 'db', '--jobs', '1');
      await sluice('limit', 'set', 'user:carol', '--jobs', '1');
      await sluice('limit', 'set', 'site:capped', '--cores', '1');
      await holds('db-holder', at('main', { limits: ['db'] }), 'alice');
      await holds('carol-holder', at('main'), 'carol');
      await holds('site-holder', at('capped'));
      await holds('busy-holder', at('busy'), 'frank');
      await submit('erin', { template: at('busy'), as: 'erin' });
      await submit('erin-too', { template: at('busy'), as: 'erin' });
      await sluice('share', 'set', 'default/dave');
      await sluice('share', 'report-use', 'X', '--share', 'default/dave', '--core-hours', '9', '--report', 'dave');
      for (const [name, each] of Object.entries(cases)) {
        for (const order of each.before ?? []) await sluice(...order);
        await submit(name, each);
        for (const order of each.orders ?? [])
          await sluice(...order.map((word) => (word === 'ID' ? idOf(name) : word)));
      }
      const remedies: string[] = [];
      for (const [name, { cause, says, remedy }] of Object.entries(cases).reverse()) {
        await until(`${name} waits for ${cause}`, 30_000, () => waitsFor(name, cause));
        const told = await why(name);
        expect([name, told.lines.join('\n')]).toEqual([name, expect.stringMatching(says)]);
        expect([name, told.remedy]).toEqual([name, remedy === null ? null : expect.stringMatching(remedy)]);
        if (told.remedy !== null) remedies.push(told.remedy);
        await saidAlike(name, told);
      }
      await allOnRecord();
      for (const remedy of remedies) await followed(remedy);
      writeFileSync(gate, '');
      for (const [name, { cause, after }] of Object.entries(cases)) {
        if (cause === 'paused') expect([name, (await why(name)).cause]).not.toEqual([name, 'paused']);
        if (!after) continue;
        await stack.end(idOf(name), 60_000);
        expect([name, (await why(name)).lines.join('\n')]).toEqual([name, expect.stringMatching(after)]);
      }
    }),
  240_000,
);

/** Brokers read allocations about once a second: what went before is submitted again. */
async function waitsFor(name: string, cause: string): Promise<boolean> {
  const now = (await why(name)).cause;
  if (cause === 'allocation' && now === 'finished') await submit(name, cases[name] ?? {});
  return now === cause;
}

/** The workflow's own `why`, and `show` where nobody can run it, say the same as that of its job. */
async function saidAlike(name: string, { cause, lines }: WhyView): Promise<void> {
  const { waits } = await client.workflowWhy(idOf(name));
  expect([name, waits.map((wait) => wait.cause)]).toEqual([name, expect.arrayContaining([cause])]);
  if (cause === 'held') {
    expect(waits.map(({ text }) => text)).toContainEqual(
      expect.stringMatching(/^failed and are in back-off until 20\S+Z$/),
    );
  }
  const { gaps } = await client.workflow(idOf(name));
  const isGap = cause.startsWith('no-worker') || cause === 'site-closed';
  const [first = ''] = lines;
  expect([name, gaps.map(({ gap }) => withoutTimes(gap))]).toEqual([name, isGap ? [withoutTimes(first)] : []]);
  const printed = await sluice('why', idOf(name), cases[name]?.jobs ? 'a' : '0');
  expect([name, withoutTimes(printed)]).toEqual([name, expect.stringContaining(withoutTimes(first))]);
  await shownAlike(name, cause, waits);
}

const turns: readonly WhyView['cause'][] = ['waits-for-parents', 'share'];

/** `show` names what is no matter of turns and no parent, in the words of the workflow's `why`, and its remedy. */
async function shownAlike(name: string, cause: WhyView['cause'], waits: readonly WorkflowWait[]): Promise<void> {
  const lines = (await sluice('show', idOf(name))).trimEnd().split('\n');
  expect([name, lines.length <= 24, lines.every((line) => line.length <= 80)]).toEqual([name, true, true]);
  const at = lines.findIndex((line) => line.startsWith('! '));
  if (turns.includes(cause)) return expect([name, at]).toEqual([name, -1]);
  const wait = waits.find((each) => each.cause === cause);
  const notice = withoutTimes(lines.slice(at).join(' ').replace(/\s+/g, ' '));
  const said =
    name === 'paused-workflow' ? '! paused since a time; go on: sluice resume' : `! 1 ready job of work: ${wait?.text}`;
  const begins = withoutTimes(said).slice(0, 90);
  expect([name, notice]).toEqual([name, expect.stringContaining(begins)]);
  if (wait?.remedy && cause !== 'paused') expect([name, notice]).toEqual([name, expect.stringContaining(wait.remedy)]);
}

/** They change while one looks. */
const withoutTimes = (text: string): string => text.replace(/\d+ s(econds)?\b|20\S+Z/g, 'a time');

/** Waits of classes, that brokers put on record. */
async function allOnRecord(): Promise<void> {
  await until('all waits are on record for 2 s', 30_000, async () => {
    const [row] = await stack.rows<{ waits: number }>(
      "select count(distinct class_id)::int as waits from class_wait where until_at is null and from_at < now() - interval '2 s'",
    );
    return (row?.waits ?? 0) >= Object.values(cases).filter(({ cause }) => recorded(cause)).length;
  });
}

const recorded = (cause: string): boolean => !['paused', 'held', 'waits-for-parents'].includes(cause);

/** Does what `why` advised. */
async function followed(remedy: string): Promise<void> {
  const [, verb = '', ...rest] = remedy.split(' ');
  if (verb === 'worker') await worker(`advised-${rest.join('-').replaceAll('/', '_')}`, rest);
  else await sluice(verb, ...rest);
}
