// Goal: converting forth and back loses nothing, in either direction. What may differ is the normal form of docs/wfformat.md.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { WrittenJob } from '../job-shape.js';
import { readDocument } from '../read-document.js';
import { isFields, without, type Fields } from './fields.js';
import {
  openText,
  openValue,
  trialInstance,
  wholeOf,
  writtenText,
  type TrialTask,
  type WholeDocument,
} from './trial-instance.js';

const root = fileURLToPath(new URL('../../../../../', import.meta.url));
const seed = Number(process.env.SEED ?? 1);
const filesOf = (folder: string, pattern: RegExp): string[] =>
  existsSync(folder) ? readdirSync(folder).flatMap((name) => (pattern.test(name) ? [`${folder}/${name}`] : [])) : [];

const examples = filesOf(`${root}examples`, /\.(yaml|json|ndjson)$/);
/** Instances that come with the project's papers; not part of the repository. */
const instances = [...filesOf(`${root}examples`, /wfformat/), ...filesOf(`${root}../shared/workflows`, /\.json$/)];

const readBack = async (text: string): Promise<WholeDocument> => wholeOf(await openText(text));

/** The normal form of a native document: counts are those of the jobs, parents positions, each once. */
function normal({ header, jobs }: WholeDocument): WholeDocument {
  const positions = new Map(jobs.map(({ name }, at) => [name.normalize('NFC'), at]));
  const normalJobs = jobs.map((job): WrittenJob => {
    const { after = [], ...rest } = job;
    const parents = new Map<number, 'success' | 'ended'>();
    for (const item of after) {
      const { job: ref, on = 'success' } = typeof item === 'object' ? item : { job: item };
      const parent = typeof ref === 'number' ? ref : (positions.get(ref.normalize('NFC')) ?? -1);
      if (on === 'success' || !parents.has(parent)) parents.set(parent, on);
    }
    const merged = [...parents].map(([parent, on]) => (on === 'ended' ? { job: parent, on } : parent));
    return merged.length === 0 ? rest : { ...rest, after: merged };
  });
  return { header: without(header, new Set(['jobCount', 'edgeCount'])), jobs: normalJobs };
}

interface Lists {
  specification: { tasks: Record<string, unknown>[]; files?: Fields[] };
}

/** The normal form of an instance: lists of ids, and of files, in any order. */
function sorted(instance: unknown): unknown {
  const copy = structuredClone(instance) as { workflow: Lists };
  const { tasks, files } = copy.workflow.specification;
  for (const task of tasks) for (const side of ['parents', 'children']) (task[side] as string[]).sort();
  files?.sort((a, b) => (String(a['id']) < String(b['id']) ? -1 : 1));
  return copy;
}

test('there are instances to try', () => {
  expect(instances.length).toBeGreaterThanOrEqual(1);
});

test.each(instances)('an instance comes back as it was, without an addition: %#', async (file) => {
  const text = await writtenText(await wholeOf(await readDocument(file)));
  const before: unknown = JSON.parse(readFileSync(file, 'utf8'));
  expect(sorted(JSON.parse(text))).toEqual(sorted(before));
});

test.each(examples)('an example comes back as it was: %#', async (file) => {
  const before = await wholeOf(await readDocument(file));
  const text = await writtenText(before);
  expect(normal(await readBack(text))).toEqual(normal(before));
  if (!instances.includes(file)) expect(faultsOfSchema(JSON.parse(text) as Fields)).toEqual([]);
});

const word = fc.oneof(
  fc.constantFrom('a', 'b', 'x_1', 'T-2', 'ID7', 'ü', 'a b', '{x}', '/p/q.fits', '${y}'),
  fc.stringMatching(/^[a-z][\w.{}$ /-]{0,8}[a-z]$/),
);
/** Numbers that JSON keeps exactly, and no key that our documents refuse. */
const isKept = (value: unknown): boolean => {
  if (typeof value === 'number') return !Number.isInteger(value) || Number.isSafeInteger(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, item]) => key !== '__proto__' && isKept(item));
};
const json = fc.jsonValue({ maxDepth: 2, stringUnit: 'grapheme-ascii' }).filter(isKept);
const record = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> =>
  fc.dictionary(word, value, { maxKeys: 2 });

const executionOf = fc.record(
  {
    runtimeInSeconds: fc.oneof(fc.double({ min: -5, max: 1e6, noNaN: true }), fc.constant(null)),
    command: fc.oneof(
      fc.record(
        { program: word, arguments: fc.array(fc.oneof(word, fc.constant('')), { maxLength: 3 }) },
        { requiredKeys: [] },
      ),
      fc.constant(null),
    ),
    coreCount: fc.oneof(fc.integer({ min: -1, max: 64 }), fc.double({ min: 0.001, max: 8, noNaN: true })),
    memoryInBytes: fc.nat(),
    runtimeSec: json,
    wfformat: json,
    avgCPU: json,
    machines: fc.array(word, { maxLength: 2 }),
  },
  { requiredKeys: [] },
);

const randomInstance = fc
  .array(
    fc.record({
      name: word,
      parents: fc.array(fc.nat(), { maxLength: 3 }),
      inputFiles: fc.array(word, { maxLength: 3 }),
      outputFiles: fc.array(word, { maxLength: 2 }),
      category: fc.option(json, { nil: undefined }),
      execution: fc.option(executionOf, { nil: undefined }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .chain((tasks) =>
    fc.record({
      tasks: fc.constant(tasks),
      author: json,
      repo: json,
      sizes: record(fc.option(fc.nat(), { nil: undefined })),
    }),
  )
  .map(({ tasks, author, repo, sizes }) => {
    const named = tasks.map(({ parents, ...task }, at): TrialTask => ({
      ...(JSON.parse(JSON.stringify(task)) as Fields),
      id: at % 2 === 0 ? `t_${at}` : `t ${at}`,
      parents: at === 0 ? [] : [...new Set(parents.map((n) => n % at))].map((n) => (n % 2 === 0 ? `t_${n}` : `t ${n}`)),
      ...(task.execution && { execution: { note: 1, ...(JSON.parse(JSON.stringify(task.execution)) as Fields) } }),
    }));
    const files = Object.entries(sizes).map(([id, sizeInBytes]) =>
      sizeInBytes === undefined ? { id, link: 'x' } : { id, sizeInBytes },
    );
    const instance = trialInstance(named, { author, createdAt: 'then' }, files);
    Object.assign(instance['workflow'] as object, { repo });
    return withChildren(instance);
  });

/** In normal form both sides tell each edge. */
function withChildren(instance: Fields): Fields {
  const { specification } = instance['workflow'] as {
    specification: { tasks: { id: string; parents: string[]; children: string[] }[] };
  };
  for (const task of specification.tasks) {
    task.children = specification.tasks.flatMap(({ id, parents }) => (parents.includes(task.id) ? [id] : []));
  }
  return instance;
}

test('any instance comes back as it was', async () => {
  await fc.assert(
    fc.asyncProperty(randomInstance, async (instance) => {
      const text = await writtenText(await wholeOf(await openValue(instance)));
      expect(sorted(JSON.parse(text))).toEqual(sorted(JSON.parse(JSON.stringify(instance))));
    }),
    { seed, numRuns: 300 },
  );
});

const randomJob = fc.record(
  {
    label: word,
    template: fc.constantFrom('run', 'line', 'other'),
    kind: fc.constantFrom('job', 'barrier', 'group'),
    after: fc.array(fc.record({ at: fc.nat(), form: fc.constantFrom('at', 'name', 'ended', 'success') }), {
      maxLength: 4,
    }),
    vars: record(word),
    params: json,
    tags: record(word),
    weight: record(fc.nat()),
    inputs: fc.array(
      fc.oneof(
        fc.constant('shared'),
        fc.record(
          { name: word, bytes: fc.option(fc.double({ min: -2, max: 1e9, noNaN: true })) },
          { requiredKeys: ['name'] },
        ),
      ),
      { maxLength: 3 },
    ),
    outputs: fc.array(fc.record({ name: word, uri: word }, { requiredKeys: ['name'] }), { maxLength: 2 }),
    observed: record(json).chain((others) =>
      fc
        .record(
          { runtimeSec: fc.double({ min: -1, max: 100, noNaN: true }), memoryBytes: json, avgCPU: fc.nat() },
          { requiredKeys: [] },
        )
        .map((known) => ({ ...others, ...known })),
    ),
  },
  { requiredKeys: [] },
);

const randomDocument = fc
  .record({
    jobs: fc.array(randomJob, { minLength: 1, maxLength: 8 }),
    source: fc.constantFrom(
      undefined,
      { format: 'bps' },
      { format: 'wfformat', version: '1.5' },
      { format: 'wfformat', version: '9', more: 1 },
    ),
    annotations: record(json).chain((others) =>
      fc.option(json).map((wfformat) => (wfformat === null ? others : { ...others, wfformat })),
    ),
    tags: record(word),
    final: fc.boolean(),
  })
  .map(({ jobs, source, annotations, tags, final }): WholeDocument => ({
    header: {
      apiVersion: 'sluice/v1',
      name: 'random',
      ...(source && { source }),
      annotations,
      tags,
      files: { shared: { uri: 'file:///x', bytes: 7 } },
      policy: { onFailure: 'failFast' },
      defaults: { retry: { retries: 2 } },
      templates: {
        run: { command: { argv: ['p', '{name}', '{{q}}'] } },
        line: { command: { cmdline: 'ls {attempt}' } },
        other: { transform: 'noop' },
      },
      ...(final && { final: { when: 'success', job: { template: 'run' } } }),
    },
    jobs: jobs.map((job, at) => randomlyWritten(job, at)),
  }));

type RandomJob = typeof randomJob extends fc.Arbitrary<infer T> ? T : never;

function randomlyWritten({ after, ...job }: RandomJob, at: number): WrittenJob {
  const nameOf = (no: number): string => (no % 3 === 0 ? `job ${no}` : `job_${no}`);
  const parents = (at === 0 ? [] : (after ?? [])).map(({ at: no, form }) => {
    const parent = no % at;
    if (form === 'at') return parent;
    return form === 'name'
      ? nameOf(parent)
      : { job: parent, on: form === 'ended' ? ('ended' as const) : ('success' as const) };
  });
  const plain = JSON.parse(JSON.stringify(job)) as Partial<WrittenJob>;
  return { template: 'run', ...plain, name: nameOf(at), ...(parents.length > 0 && { after: parents }) };
}

test('any native document comes back as it was, and its instance is as the schema asks', async () => {
  await fc.assert(
    fc.asyncProperty(randomDocument, async (document) => {
      const before = normal(JSON.parse(JSON.stringify(document)) as WholeDocument);
      const text = await writtenText(document);
      const after = normal(await wholeOf(await openText(text)).catch(unparsed(text)));
      expect(after).toEqual(before);
      if ((document.header['source'] as Fields | undefined)?.['format'] !== 'wfformat')
        expect(faultsOfSchema(JSON.parse(text) as Fields)).toEqual([]);
    }),
    { seed, numRuns: 300 },
  );
});

const unparsed =
  (text: string) =>
  (error: unknown): never => {
    throw new Error(`what was written cannot be read: ${text}`, { cause: error });
  };

test('a header that was changed since it came from WfFormat travels along, and nothing of the instance is lost', async () => {
  const instance = trialInstance(
    [{ id: 'a/1', execution: { runtimeInSeconds: 3, command: { program: 'x', arguments: ['1'] } } }],
    { author: { name: 'n' } },
  );
  const { header, jobs } = await wholeOf(await openValue(instance));
  const changed = { header: { ...header, policy: { onFailure: 'failFast' } }, jobs };
  const text = await writtenText(changed);
  expect(JSON.parse(text)).toMatchObject({
    ...without(instance, new Set(['workflow'])),
    sluice: { policy: { onFailure: 'failFast' } },
  });
  expect(normal(await readBack(text))).toEqual(normal(changed));
});

test('of a run, what was observed takes the place of what was recorded', async () => {
  const instance = trialInstance([
    { id: 'a', execution: { runtimeInSeconds: 3, command: { program: 'x', arguments: [] } } },
  ]);
  const { header, jobs } = await wholeOf(await openValue(instance));
  const observed = { runtimeSec: 0.5, memoryBytes: 77, exitCode: 0 };
  const text = await writtenText({ header, jobs: jobs.map((job) => ({ ...job, observed })) });
  expect(JSON.parse(text)).toEqual(
    trialInstance([
      {
        id: 'a',
        inputFiles: [],
        outputFiles: [],
        execution: { runtimeInSeconds: 0.5, command: { program: 'x', arguments: [] }, exitCode: 0, memoryInBytes: 77 },
      },
    ]),
  );
});

/** What the JSON schema of WfFormat 1.5 asks of an instance, in our words. */
function faultsOfSchema(instance: Fields): string[] {
  const faults: string[] = [];
  const ask = (what: string, isGood: boolean): void => void (isGood || faults.push(what));
  const id = (value: unknown): boolean => typeof value === 'string' && /^[0-9a-zA-Z-_.]+$/.test(value);
  const workflow = instance['workflow'] as { specification: { tasks: Fields[]; files?: Fields[] }; execution?: Fields };
  ask('name', typeof instance['name'] === 'string' && instance['name'] !== '');
  ask('version', instance['schemaVersion'] === '1.5');
  ask('tasks', workflow.specification.tasks.length > 0);
  for (const task of workflow.specification.tasks) {
    ask('task', id(task['id']) && typeof task['name'] === 'string' && task['name'] !== '');
    for (const list of ['parents', 'children', 'inputFiles', 'outputFiles'])
      ask(list, (task[list] as unknown[]).every(id));
  }
  for (const file of workflow.specification.files ?? [])
    ask('file', id(file['id']) && Number.isSafeInteger(file['sizeInBytes']) && Number(file['sizeInBytes']) >= 0);
  if (workflow.execution === undefined) return faults;
  ask('makespan', typeof workflow.execution['makespanInSeconds'] === 'number');
  ask('executedAt', typeof workflow.execution['executedAt'] === 'string');
  for (const run of workflow.execution['tasks'] as Fields[]) {
    ask('execution', id(run['id']) && typeof run['runtimeInSeconds'] === 'number');
    const { command, coreCount, memoryInBytes, avgCPU } = run;
    ask('cores', coreCount === undefined || (typeof coreCount === 'number' && coreCount >= 1));
    ask('memory', memoryInBytes === undefined || typeof memoryInBytes === 'number');
    ask('avgCPU', avgCPU === undefined || typeof avgCPU === 'number');
    if (isFields(command))
      ask(
        'command',
        [command['program'], ...(command['arguments'] as unknown[])].every(
          (text) => typeof text === 'string' && text !== '',
        ),
      );
  }
  return faults;
}
