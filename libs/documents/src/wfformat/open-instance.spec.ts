// Goal: each rule of docs/wfformat.md, and that what is odd in an instance disturbs nothing.
import { expect, test } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { Readable } from 'node:stream';
import { fillPlaceholders, placeholderValues } from '#contracts';
import { chunksOf } from '../chunk.js';
import { checkHeader } from '../header.js';
import { readDocument } from '../read-document.js';
import { DocumentRefused } from '../refusal.js';
import { errorsOf, openText, openValue, trialInstance, wholeOf, type TrialTask } from './trial-instance.js';

const ran = (program: string, given: readonly string[] = [], more: object = {}): TrialTask['execution'] => ({
  runtimeInSeconds: 1.5,
  command: { program, arguments: given },
  ...more,
});

const wholeOfTasks = async (...tasks: TrialTask[]) => wholeOf(await openValue(trialInstance(tasks)));

/** What job `at` would run, with its placeholders filled in as a worker does. */
async function commandOfJob(tasks: TrialTask[], at = 0): Promise<unknown> {
  const { header, jobs } = await wholeOfTasks(...tasks);
  const checked = checkHeader(header);
  if ('refusal' in checked) throw new DocumentRefused(checked.refusal);
  const { name, template, vars = {} } = jobs[at] ?? { name: '' };
  const values = placeholderValues({ vars, attempt: 1, name, ordinal: at });
  const { argv, cmdline } = checked.header.templates.get(template ?? '')?.template.command ?? {};
  return argv?.map((text) => fillPlaceholders(text, values)) ?? fillPlaceholders(cmdline ?? '', values);
}

test('an instance is known by what it holds: on one line or many, plain or gzip, as YAML too', async () => {
  const value = trialInstance([{ id: 'a', execution: ran('x') }]);
  const yaml = 'name: y\nschemaVersion: "1.5"\nworkflow:\n  specification:\n    tasks: [{ name: a, id: a }]\n';
  for (const text of [JSON.stringify(value), `${JSON.stringify(value)}\n`, JSON.stringify(value, null, 2), yaml]) {
    expect(await openText(text)).toMatchObject({ format: 'wfformat' });
    expect(await readDocument(Readable.from([gzipSync(text)]))).toMatchObject({ format: 'wfformat' });
  }
});

test('ids become names, parents positions, files carry their sizes, what was measured is observed', async () => {
  const tasks: TrialTask[] = [
    { id: 'b_2', name: 'b_2', parents: ['a_1'], inputFiles: ['f'], outputFiles: ['g', 'h'], execution: ran('b') },
    {
      id: 'a_1',
      children: ['b_2'],
      outputFiles: ['f'],
      execution: ran('a', ['-v'], { coreCount: 4, memoryInBytes: 5_000, avgCPU: 99.5, machines: ['n1'], priority: 20 }),
    },
  ];
  const files = [
    { id: 'f', sizeInBytes: 5_112_425_635 },
    { id: 'g', sizeInBytes: 0 },
  ];
  const { header, jobs } = await wholeOf(await openValue(trialInstance(tasks, {}, files)));
  expect(jobs).toEqual([
    {
      name: 'b_2',
      template: 'b',
      after: [1],
      inputs: [{ name: 'f', bytes: 5_112_425_635 }],
      outputs: [{ name: 'g', bytes: 0 }, { name: 'h' }],
      observed: { runtimeSec: 1.5 },
    },
    {
      name: 'a_1',
      template: 'a',
      outputs: [{ name: 'f', bytes: 5_112_425_635 }],
      observed: {
        runtimeSec: 1.5,
        memoryBytes: 5_000,
        coreCount: 4,
        avgCPU: 99.5,
        machines: ['n1'],
        priority: 20,
      },
    },
  ]);
  expect(header).toMatchObject({
    name: 'trial',
    source: { format: 'wfformat', version: '1.5' },
    jobCount: 2,
    edgeCount: 1,
    templates: { a: { command: { argv: ['a', '-v'] }, resources: { cores: 4 } }, b: { command: { argv: ['b'] } } },
  });
});

test.each([
  ['mProject_ID0000001', undefined, 'mProject'],
  ['blastall_00000012', undefined, 'blastall'],
  ['fastqc-7', undefined, 'fastqc'],
  ['FASTQC.MAIN', undefined, 'FASTQC.MAIN'],
  ['ID0000001', undefined, 'ID0000001'],
  ['42', undefined, '42'],
  ['task_1', 'mAdd', 'mAdd'],
  ['task_1', '/opt/bin/mAdd', '/opt/bin/mAdd'],
  ['task_1', 'mAdd -v\n  --all', 'task'],
  ['task\n_1', undefined, 'task'],
])('a task named %j that ran %j is labelled %j', async (name, program, label) => {
  const execution = program === undefined ? { runtimeInSeconds: 1 } : ran(program);
  const { jobs } = await wholeOfTasks({ id: 'only', name, execution });
  expect(jobs[0]?.label ?? jobs[0]?.template).toBe(label);
});

test('names that repeat are kept beside the ids', async () => {
  const { jobs } = await wholeOfTasks(
    { id: 'F_1', name: 'F', execution: ran('f') },
    { id: 'F_2', name: 'F', execution: ran('f') },
  );
  expect(jobs.map(({ name, tags }) => [name, tags])).toEqual([
    ['F_1', { 'wfformat.name': 'F' }],
    ['F_2', { 'wfformat.name': 'F' }],
  ]);
});

test('an edge counts whichever side tells it, and once', async () => {
  const { header, jobs } = await wholeOfTasks(
    { id: 'a', children: ['b', 'c'], execution: ran('x') },
    { id: 'b', parents: ['a', 'a', ''], execution: ran('x') },
    { id: 'c', execution: ran('x') },
  );
  expect(jobs.map(({ after }) => after)).toEqual([undefined, [0], [0]]);
  expect(header).toMatchObject({ edgeCount: 2 });
});

test('braces in recorded commands mean themselves, shared by all tasks or not', async () => {
  const given = ['{x}', '{{x}}', '${x}', '--out={"f.txt":1}', '{name}', '', 'a b'];
  const same = [1, 2].map((no): TrialTask => ({ id: `t${no}`, execution: ran('p', given) }));
  expect(await commandOfJob(same)).toEqual(['p', ...given]);
  const other: TrialTask = {
    id: 'u',
    execution: ran(
      'p',
      given.map((text) => `${text}{attempt}`),
    ),
  };
  expect(await commandOfJob([...same, other], 1)).toEqual(['p', ...given]);
  expect(await commandOfJob([...same, other], 2)).toEqual(['p', ...given.map((text) => `${text}{attempt}`)]);
});

test('a program of several words is a line for the shell; its arguments are quoted', async () => {
  const script = 'for i in {a,b}; do\n  echo "{i}" $i\ndone';
  expect(await commandOfJob([{ id: 's', execution: ran(script) }])).toBe(script);
  expect(await commandOfJob([{ id: 's', execution: ran('echo hello', ['a b', "it's", 'plain']) }])).toBe(
    `echo hello 'a b' 'it'\\''s' plain`,
  );
});

test('tasks share templates: what differs stands in the vars of the job', async () => {
  const tasks = Array.from({ length: 500 }, (_, i): TrialTask => ({
    id: `t_${i}`,
    execution: ran('mDiff', ['-s', `in_${i}`], { coreCount: 1 }),
  }));
  const { header, jobs } = await wholeOfTasks(...tasks);
  expect(header['templates']).toEqual({
    mDiff: { command: { argv: ['mDiff', '-s', '{a2}'] }, resources: { cores: 1 } },
  });
  expect(jobs[7]).toMatchObject({ template: 'mDiff', vars: { a2: 'in_7' } });
});

test('thousands of kinds of task, or long scripts, do not make the header large', async () => {
  const kinds = Array.from({ length: 3_000 }, (_, i): TrialTask => ({ id: `t${i}x`, execution: ran(`prog${i}x`) }));
  const many = await wholeOfTasks(...kinds);
  expect(Object.keys(many.header['templates'] as object)).toEqual(['argv']);
  expect(many.jobs[2_999]).toMatchObject({ label: 'prog2999x', vars: { program: 'prog2999x' } });
  const scripts = Array.from({ length: 60 }, (_, i): TrialTask => ({
    id: `s${i}x`,
    execution: ran(`echo ${'x'.repeat(50_000)}`),
  }));
  const long = await wholeOfTasks(...scripts);
  expect(JSON.stringify(long.header).length).toBeLessThan(600_000);
});

test.each([
  [0, undefined],
  [-3, undefined],
  [0.5, 0.5],
  [1e9, 100_000],
  [null, undefined],
])('coreCount %j asks for %j cores', async (coreCount, cores) => {
  const { header } = await wholeOfTasks({ id: 'a', execution: ran('a', [], { coreCount }) });
  expect(header).toMatchObject({ templates: { a: cores === undefined ? {} : { resources: { cores } } } });
});

test('odd executions disturb nothing: none, not above 0, null, twice, of unknown tasks, without commands', async () => {
  const instance = trialInstance([
    { id: 'none' },
    { id: 'zero', execution: { runtimeInSeconds: 0 } },
    { id: 'negative', execution: { runtimeInSeconds: -3.5, command: { arguments: ['x'] } } },
    { id: 'null', execution: { runtimeInSeconds: null, command: null, memoryInBytes: null } },
    { id: 'blank', execution: ran(' ') },
  ]);
  const { execution } = instance['workflow'] as { execution: { tasks: object[] } };
  execution.tasks.push({ id: 'zero', runtimeInSeconds: 9 }, { id: 'stranger', runtimeInSeconds: 9 });
  const { header, jobs } = await wholeOf(await openValue(instance));
  expect(jobs.map(({ observed }) => observed?.['runtimeSec'])).toEqual([undefined, 0, -3.5, null, 1.5]);
  expect(jobs.map(({ params }) => params)).toEqual([undefined, undefined, undefined, undefined, { runtimeSec: 1.5 }]);
  expect(header).toMatchObject({ annotations: { wfformat: { workflow: { execution: { tasks: [{}, {}] } } } } });
});

test('faults of fields and of the graph are told at once, with line and column', async () => {
  const text = `{"name": "x", "schemaVersion": "1.5", "workflow": {
  "specification": {"tasks": [
    {"name": "a", "id": "a", "parents": []},
    {"name": "b", "id": "b", "parents": ["nope"]},
    {"name": "b", "id": "b", "parents": ["a"]}]},
  "execution": {"tasks": [{"id": "a", "runtimeInSeconds": "long"}]}}}`;
  const refused = await readDocument(Readable.from([Buffer.from(text)])).catch((error: unknown) => error);
  expect((refused as DocumentRefused).refusal.errors.map(({ code, where }) => [code, where])).toEqual([
    ['BAD_TYPE', 'line 6, column 39 (/workflow/execution/tasks/0/runtimeInSeconds)'],
    ['DUPLICATE_NAME', 'line 5, column 19 (/workflow/specification/tasks/2/id)'],
    ['UNKNOWN_PARENT', 'line 4, column 42 (/workflow/specification/tasks/1/parents/0)'],
  ]);
});

test('a task without a program is refused when it is to be run, with what to do; simulated it is not', async () => {
  const document = await openValue(trialInstance([{ id: 'a', execution: { runtimeInSeconds: 2 } }, { id: 'b' }]));
  const refusal = await chunksOf(document)
    .next()
    .catch((error: unknown) => (error as DocumentRefused).refusal);
  expect(refusal).toMatchObject({
    errors: [
      { code: 'MISSING_FIELD', where: '/workflow/execution/tasks/0/command/program', job: 'a' },
      { code: 'MISSING_FIELD', where: '/workflow/specification/tasks/1', job: 'b' },
    ],
  });
  expect(JSON.stringify(refusal)).toContain('--simulate');
});

test.each(['1.5', '1.6'])('version %s is read', async (schemaVersion) => {
  expect(await errorsOf(trialInstance([{ id: 'a', execution: ran('a') }], { schemaVersion }))).toEqual([]);
});

test.each(['1.4', '1.3', '2.0', 1.5, '', null])(
  'version %j is refused with the tool that helps',
  async (schemaVersion) => {
    const flat = { name: 'old', schemaVersion, workflow: { tasks: [{ name: 'a', runtime: 3 }] } };
    expect(await errorsOf(flat)).toEqual(['UNSUPPORTED_VERSION /schemaVersion']);
  },
);

const two = [
  { id: 'a', execution: ran('x') },
  { id: 'b', execution: ran('x') },
];
const withTask = (task: object): object => trialInstance([...two, { id: 'c', execution: ran('x'), ...task }]);
const place = '/workflow/specification/tasks';

test.each([
  ['a parent that is not there', withTask({ parents: ['b', 'nobody'] }), [`UNKNOWN_PARENT ${place}/2/parents/1: c`]],
  ['a child that is not there', withTask({ children: ['nobody'] }), [`UNKNOWN_PARENT ${place}/2/children/0: c`]],
  ['an id that stands twice', withTask({ id: 'a' }), [`DUPLICATE_NAME ${place}/2/id: a`]],
  ['a task that waits for itself', withTask({ parents: ['c'] }), [`CYCLE ${place}/2: c`]],
  ['a circle over both sides', withTask({ parents: ['a'], children: ['a'] }), [`CYCLE ${place}/0: a`]],
  ['a number as parents', withTask({ parents: 5 }), [`BAD_TYPE ${place}/2/parents: c`]],
  ['a number among parents', withTask({ parents: ['a', 5] }), [`BAD_TYPE ${place}/2/parents/1: c`]],
  ['a number as id', withTask({ id: 5 }), ['BAD_TYPE /workflow/execution/tasks/2/id', `BAD_TYPE ${place}/2/id`]],
  ['an empty id', withTask({ id: '', execution: undefined }), [`BAD_NAME ${place}/2/id: `]],
  ['a control character', withTask({ name: 'x\u0007' }), [`BAD_TEXT ${place}/2/name`]],
  [
    'a runtime in words',
    withTask({ execution: { runtimeInSeconds: 'long' } }),
    ['BAD_TYPE /workflow/execution/tasks/2/runtimeInSeconds: c'],
  ],
  [
    'arguments in one text',
    withTask({ execution: { command: { program: 'x', arguments: '-v' } } }),
    ['BAD_TYPE /workflow/execution/tasks/2/command/arguments: c'],
  ],
  [
    'a size in words',
    trialInstance(two, {}, [{ id: 'f', sizeInBytes: '5' }]),
    ['BAD_TYPE /workflow/specification/files/0/sizeInBytes'],
  ],
  ['no tasks', trialInstance([]), ['EMPTY /workflow/specification/tasks']],
  [
    'a task that is a text',
    { name: 'n', schemaVersion: '1.5', workflow: { specification: { tasks: ['a'] } } },
    [`BAD_TYPE ${place}/0`],
  ],
  ['no specification', { name: 'n', schemaVersion: '1.5', workflow: {} }, ['MISSING_FIELD /workflow/specification']],
  ['a workflow that is a list', { name: 'n', schemaVersion: '1.5', workflow: [] }, ['BAD_TYPE /workflow']],
  ['no name', { schemaVersion: '1.5', workflow: { specification: { tasks: [{ id: 'a' }] } } }, ['MISSING_FIELD /name']],
  ['no version', { name: 'n', workflow: { specification: { tasks: [] } } }, ['MISSING_FIELD /schemaVersion']],
])('%s is refused with its place in the instance', async (_, value, errors) => {
  expect(await errorsOf(value)).toEqual(errors);
});

test('a parent that is given by name is told its id', async () => {
  const instance = trialInstance([
    { id: 'F_1', name: 'F' },
    { id: 'g', parents: ['F'] },
  ]);
  const refused = await openValue(instance).catch((error: unknown) => error as DocumentRefused);
  expect(JSON.stringify((refused as DocumentRefused).refusal)).toContain('F_1');
});

test('a chain of 50,000 tasks opens, and its ends joined are one circle', async () => {
  const chain = Array.from({ length: 50_000 }, (_, i): TrialTask => ({
    id: `t${i}`,
    parents: i === 0 ? [] : [`t${i - 1}`],
    execution: ran('x'),
  }));
  expect(await errorsOf(trialInstance(chain))).toEqual([]);
  chain[0] = { id: 't0', parents: ['t49999'], execution: ran('x') };
  expect(await errorsOf(trialInstance(chain))).toEqual([`CYCLE ${place}/0: t0`]);
});
