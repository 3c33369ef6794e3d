import type { DocumentErrorCode } from '#contracts';
import type { Random } from '#test-kit';
import type { TrialDocument } from './random-document.js';

/** A wrong that is done to a document as data. `refusedAs`: the code that its refusal must hold. */
export interface Wrong {
  name: string;
  refusedAs: DocumentErrorCode;
  do: (document: TrialDocument, random: Random) => void;
  /** JSON text that is written in place of rawMark: what no value can say. */
  raw?: string;
}

/** Stands where raw text is to stand. */
export const rawMark = '"@raw@"';

type Fields = Record<string, unknown>;

const anyJob = ({ jobs }: TrialDocument, random: Random): Fields => random.pick(jobs);
const onJob = (name: string, refusedAs: DocumentErrorCode, change: (job: Fields, random: Random) => void): Wrong => ({
  ...{ name, refusedAs },
  do: (document, random) => change(anyJob(document, random), random),
});
const onHeader = (name: string, refusedAs: DocumentErrorCode, change: (header: Fields) => void): Wrong => ({
  ...{ name, refusedAs },
  do: ({ header }) => change(header),
});
const put = (field: string, value: unknown) => (at: Fields) => void (at[field] = value);
const nested = (levels: number): unknown => {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = [value];
  return value;
};

const onText = (name: string, refusedAs: DocumentErrorCode, raw: string): Wrong => ({
  ...onJob(name, refusedAs, put('params', { here: '@raw@' })),
  raw,
});

/** Wrongs that one job, or the header, shows by itself: client and server must see them before the seal. */
export const wrongs: readonly Wrong[] = [
  onHeader('no apiVersion', 'MISSING_FIELD', (header) => delete header['apiVersion']),
  onHeader('another apiVersion', 'UNSUPPORTED_VERSION', put('apiVersion', 'sluice/v2')),
  onHeader('no name', 'MISSING_FIELD', (header) => delete header['name']),
  onHeader('a blank name', 'BAD_NAME', put('name', ' ')),
  onHeader('a field that is none', 'UNKNOWN_FIELD', put('jobz', [])),
  onHeader('templates in a list', 'BAD_TYPE', put('templates', [])),
  onHeader('a count over the limit', 'TOO_LARGE', put('jobCount', 5_000_001)),
  onHeader('argv and cmdline', 'ARGV_AND_CMDLINE', put('templates', { t: { command: { argv: ['a'], cmdline: 'a' } } })),
  onHeader(
    'memory over its maximum',
    'MEMORY_ORDER',
    put('defaults', { resources: { memoryMib: 9_999, memoryMaxMib: 1 } }),
  ),
  onHeader('a bad walltime', 'BAD_WALLTIME', put('defaults', { resources: { walltimeSec: '01:00' } })),
  onHeader('a bad exit code', 'BAD_RETRY_CODE', put('defaults', { retry: { rules: [{ exit: [256], then: 'fail' }] } })),
  onHeader('deep annotations', 'TOO_LARGE', put('annotations', { deep: nested(40) })),
  onHeader('NUL in an annotation', 'BAD_TEXT', put('annotations', { x: 'a\u0000b' })),
  onJob('no name', 'MISSING_FIELD', (job) => delete job['name']),
  onJob('a number for a name', 'BAD_TYPE', put('name', 7)),
  onJob('an empty name', 'BAD_NAME', put('name', '')),
  onJob('a space at the end of a name', 'BAD_NAME', put('name', 'a ')),
  onJob('a name of 4,001 characters', 'NAME_TOO_LONG', put('name', 'x'.repeat(4_001))),
  onJob('NUL in a name', 'BAD_TEXT', put('name', 'a\u0000')),
  onJob('a lone surrogate in vars', 'BAD_TEXT', put('vars', { node: '\ud800', x: 'y' })),
  onJob('an escape sequence in a tag', 'BAD_TEXT', put('tags', { t: '\u001b[2J' })),
  onJob('a key that turns the direction', 'BAD_TEXT', put('tags', { 'a\u202eb': 'x' })),
  onJob('text in place of after', 'BAD_TYPE', put('after', 'job_0')),
  onJob('a parent below zero', 'RANGE', put('after', [-1])),
  onJob('half a parent', 'BAD_TYPE', put('after', [0.5])),
  onJob('a parent past every document', 'UNKNOWN_PARENT', put('after', [5_000_000])),
  onJob('a condition that is none', 'RANGE', put('after', [{ job: 0, on: 'failed' }])),
  onJob('a kind that is none', 'RANGE', put('kind', 'Job')),
  onJob('a field that is none', 'UNKNOWN_FIELD', put('After', [])),
  onJob('a template that is none', 'UNKNOWN_TEMPLATE', put('template', 'none')),
  onJob('a file that is none', 'UNKNOWN_FILE', put('inputs', ['none'])),
  onJob('a placeholder in params without a value', 'UNRESOLVED_PLACEHOLDER', (job) => {
    Object.assign(job, { kind: 'job', params: { text: '{nobody}' } });
  }),
  onJob('a number among vars', 'BAD_TYPE', put('vars', { node: 1, x: 'y' })),
  onJob('a weight below zero', 'RANGE', put('weight', { a: -1 })),
  onJob('blocking on a job', 'UNKNOWN_FIELD', (job) => Object.assign(job, { kind: 'job', blocking: true })),
  onText('a key twice', 'DUPLICATE_KEY', '{"a":1,"a":2}'),
  onText('a key twice, once escaped', 'DUPLICATE_KEY', String.raw`{"a":1,"\u0061":2}`),
  onText('2^53 + 1', 'RANGE', '9007199254740993'),
  onText('-2^53 - 1', 'RANGE', '-9007199254740993'),
  onText('1e999', 'RANGE', '1e999'),
  onText('NaN', 'BAD_SYNTAX', 'NaN'),
  onText('a zero in front', 'BAD_SYNTAX', '01'),
  onText('a comma at the end', 'BAD_SYNTAX', '[1,]'),
  onText('a lone surrogate, escaped', 'BAD_TEXT', String.raw`"\ud800"`),
  onText('NUL, escaped', 'BAD_TEXT', String.raw`"\u0000"`),
  onText('__proto__', 'UNKNOWN_FIELD', '{"__proto__":{"a":1}}'),
  onText('depth 100,000', 'TOO_LARGE', `${'['.repeat(100_000)}${']'.repeat(100_000)}`),
  onJob('deep params', 'TOO_LARGE', put('params', nested(40))),
  {
    name: 'fewer jobs than said',
    refusedAs: 'COUNT_MISMATCH',
    do: ({ header, jobs }) => void (header['jobCount'] = jobs.length + 1),
  },
  { name: 'no jobs', refusedAs: 'EMPTY', do: (document) => void (document.jobs.length = 0) },
];

const wrongsOfWhole: readonly Wrong[] = [
  onJob('its own parent', 'CYCLE', (job) => (job['after'] = [job['name']])),
  onJob('a parent that is none', 'UNKNOWN_PARENT', put('after', ['nobody'])),
  onJob('a group that is none', 'UNKNOWN_GROUP', put('in', 'nobody')),
  {
    name: 'a name twice',
    refusedAs: 'DUPLICATE_NAME',
    do: ({ jobs }, random) => void jobs.push({ ...random.pick(jobs), after: [] }),
  },
  {
    name: 'a name twice, once composed and once not',
    refusedAs: 'DUPLICATE_NAME',
    do: ({ jobs }) => {
      jobs.push({ ...jobs[0], name: 'ne\u0301', after: [] }, { ...jobs[0], name: 'n\u00e9', after: [] });
    },
  },
  {
    name: 'a circle',
    refusedAs: 'CYCLE',
    do: ({ jobs }) => {
      const at = jobs.length;
      const circle = [0, 1, 2].map((i) => ({ ...jobs[0], name: `circle_${i}`, after: [at + ((i + 1) % 3)] }));
      jobs.push(...circle);
    },
  },
];

/** Wrongs that only the whole shows. */
export const wholeWrongs: readonly Wrong[] = wrongsOfWhole.map((wrong) => ({ ...wrong, do: withoutCount(wrong.do) }));

function withoutCount(change: Wrong['do']): Wrong['do'] {
  return (document, random) => {
    delete document.header['jobCount'];
    change(document, random);
  };
}

const odd: readonly unknown[] = [
  ...[
    null,
    true,
    '',
    ' ',
    0,
    -0,
    -1,
    1.5,
    1e21,
    9_007_199_254_740_991,
    [],
    {},
    [[]],
    { a: 1 },
    'a\u0000',
    '\ud83d',
    '\u202e',
  ],
  ...[
    '__proto__',
    'constructor',
    'x'.repeat(5_000),
    '{x}',
    '{',
    '\u200b',
    '\ufeff',
    '\u0085',
    '\u2028',
    'e\u0301',
    '\t',
    '\n',
  ],
];

/** Changes any one thing, wherever it stands: its value, its name, or whether it is there. Nobody knows what must follow. */
export function disturb({ header, jobs }: TrialDocument, random: Random): void {
  let at: unknown = random.once(3) ? header : random.pick([jobs, random.pick(jobs)]);
  for (let depth = 0; depth < 4; depth++) {
    if (typeof at !== 'object' || at === null) return;
    const keys = Object.keys(at);
    const key = keys.length === 0 ? 'new' : random.pick(keys);
    const below = (at as Fields)[key];
    if (random.once(2) && typeof below === 'object' && below !== null) {
      at = below;
      continue;
    }
    change(at as Fields, key, random);
    return;
  }
}

function change(at: Fields, key: string, random: Random): void {
  const value = random.pick(odd);
  if (Array.isArray(at)) {
    at[Number(key) || 0] = value;
    return;
  }
  switch (random.below(4)) {
    case 0:
      delete at[key];
      return;
    case 1:
      at[String(random.pick([...odd, 'name', 'after', 'template']))] = at[key];
      return;
    default:
      at[key] = value;
  }
}
