import { expect, test } from '@jest/globals';
import type { CheckedHeader } from './checked-header.js';
import { checkHeader } from './header.js';

const command = { argv: ['echo', '{x}'] };
const good = { apiVersion: 'sluice/v1', name: 'w', templates: { t: { command } } };

function accepted(value: unknown): CheckedHeader {
  const checked = checkHeader(value);
  if ('refusal' in checked) throw new Error(JSON.stringify(checked.refusal));
  return checked.header;
}

/** Codes and places of a refused header. */
function refused(value: unknown): string[] {
  const checked = checkHeader(value);
  if ('header' in checked) return [];
  for (const { message, remedy } of checked.refusal.errors) {
    expect(message.length).toBeGreaterThan(5);
    expect(remedy.length).toBeGreaterThan(5);
  }
  return checked.refusal.errors.map(({ code, where }) => `${code} ${where}`);
}

const withTemplate = (t: unknown): unknown => ({ ...good, templates: { t } });

test('a small header gets every default of the format', () => {
  const { document, templates, final } = accepted(good);
  expect(document.policy).toEqual({ onFailure: 'continue', timeoutSec: null, parallelism: null });
  expect(templates.get('t')).toEqual({
    name: 't',
    placeholders: ['x'],
    template: {
      transform: 'command',
      command,
      env: {},
      resources: {
        cores: 1,
        memoryMib: 2048,
        memoryPerCoreMib: null,
        memoryGrowth: null,
        memoryMaxMib: null,
        diskMib: null,
        walltimeSec: null,
        gpus: 0,
      },
      retry: { retries: 0, infraRetries: 10, rules: [], backoffSec: 0 },
      limits: [],
      placement: { sites: [], avoidSites: [], tags: {}, mode: 'auto', preemptible: true },
      priority: 500,
    },
  });
  expect(final).toBeNull();
});

test.each<[string, object, object, number]>([
  ['for each core, rounded up', {}, { cores: 1.5, memoryPerCoreMib: 1_001 }, 1_502],
  ['for the one core of a job that names none', {}, { memoryPerCoreMib: 300 }, 300],
  ['in place of that of the defaults', { memoryMib: 100 }, { cores: 2, memoryPerCoreMib: 300 }, 600],
  ['for the job, in place of that for each core of the defaults', { memoryPerCoreMib: 300 }, { memoryMib: 100 }, 100],
  ['for each core by the defaults', { memoryPerCoreMib: 300 }, { cores: 3 }, 900],
  ['without the dust of a product', {}, { cores: 3, memoryPerCoreMib: 0.1 * 10 }, 3],
])('memory is given %s', (_how, below, resources, memoryMib) => {
  const header = { ...good, defaults: { resources: below }, templates: { t: { command, resources } } };
  expect(accepted(header).templates.get('t')?.template.resources.memoryMib).toBe(memoryMib);
});

test('memory for the job and for each core stand in no template together', () => {
  const t = { command, resources: { memoryMib: 100, memoryPerCoreMib: 100 } };
  expect(refused({ ...good, templates: { t } })).toEqual(['UNKNOWN_FIELD /templates/t/resources/memoryMib']);
});

test('names of avoided sites and of tags are names', () => {
  const placement = { avoidSites: [' A'], tags: { ' arch': 'x' } };
  expect(refused({ ...good, templates: { t: { command, placement } } })).toEqual([
    'BAD_NAME /templates/t/placement/avoidSites/0',
    'BAD_NAME /templates/t/placement/tags/ arch',
  ]);
});

test('defaults lie under each template, field by field', () => {
  const defaults = { env: { A: '1', B: '1' }, resources: { cores: 4, memoryMib: 100 }, priority: 7 };
  const t = { command, env: { B: '2' }, resources: { cores: 2 } };
  const template = accepted({ ...good, defaults, templates: { t } }).templates.get('t')?.template;
  expect(template).toMatchObject({
    env: { A: '1', B: '2' },
    resources: { cores: 2, memoryMib: 100 },
    priority: 7,
  });
});

test('a template that gives argv drops the cmdline of defaults, and the other way round', () => {
  const of = (under: unknown, own: unknown): unknown =>
    accepted({ ...good, defaults: { command: under }, templates: { t: { command: own } } }).templates.get('t')?.template
      .command;
  expect(of({ cmdline: 'a', shell: 'sh', image: 'i' }, { argv: ['b'] })).toEqual({ argv: ['b'], image: 'i' });
  expect(of({ argv: ['a'] }, { cmdline: 'b' })).toEqual({ cmdline: 'b' });
});

test('another transform than command does not inherit the command of defaults', () => {
  const templates = { t: { transform: 'noop' } };
  expect(accepted({ ...good, defaults: { command }, templates }).templates.get('t')?.template.command).toBeUndefined();
});

test('a checked header, checked again, is the same', () => {
  const once = accepted({ ...good, defaults: { priority: 3 }, final: { job: { vars: { x: '1' } } } });
  const again = accepted(JSON.parse(JSON.stringify(once.document)));
  expect({ ...again, written: null }).toEqual({ ...once, written: null });
});

test('placeholders of argv, cmdline, env and params are collected once; those the worker knows are not', () => {
  const of = (t: unknown): unknown => accepted(withTemplate(t)).templates.get('t')?.placeholders;
  expect(of({ command: { argv: ['{a}', '{a}{b}', '{{c}}', '{attempt}'] }, env: { E: '{e}' } })).toEqual([
    'a',
    'b',
    'e',
  ]);
  expect(of({ transform: 'x', params: { deep: [{ p: '{p}' }] } })).toEqual(['p']);
});

test('the final job gets a name, the only template and the same checks', () => {
  const final = accepted({ ...good, final: { job: { vars: { x: '1' } } } }).final;
  expect(final).toMatchObject({ when: 'always', job: { name: 'final', label: 't', template: 't', parents: [] } });
  expect(refused({ ...good, final: { job: {} } })).toEqual(['UNRESOLVED_PLACEHOLDER /final/job/vars/x']);
  expect(refused({ ...good, final: { job: { after: [0] } } })).toEqual(['UNKNOWN_FIELD /final/job/after']);
});

test.each([
  [null, ['BAD_TYPE /']],
  [[], ['BAD_TYPE /']],
  ['sluice/v1', ['BAD_TYPE /']],
  [{}, ['MISSING_FIELD /apiVersion']],
  [{ ...good, apiVersion: 'sluice/v2' }, ['UNSUPPORTED_VERSION /apiVersion']],
  [{ name: 'wf', schemaVersion: '1.5' }, ['MISSING_FIELD /apiVersion']],
  [{ ...good, name: undefined }, ['MISSING_FIELD /name']],
  [{ ...good, name: '' }, ['BAD_NAME /name']],
  [{ ...good, name: '  ' }, ['BAD_NAME /name']],
  [{ ...good, name: 'x'.repeat(4_001) }, ['NAME_TOO_LONG /name']],
  [{ ...good, name: 'a\u202eb' }, ['BAD_TEXT /name']],
  [{ ...good, name: 7 }, ['BAD_TYPE /name']],
  [{ ...good, jobs: [] }, ['UNKNOWN_FIELD /jobs']],
  [{ ...good, tags: { a: 1 } }, ['BAD_TYPE /tags/a']],
  [{ ...good, colour: 'red' }, ['UNKNOWN_FIELD /colour']],
  [{ ...good, policy: { onFailure: 'stop' } }, ['RANGE /policy/onFailure']],
  [{ ...good, policy: { parallelism: 0 } }, ['RANGE /policy/parallelism']],
  [{ ...good, files: { f: { url: 'file:///x' } } }, ['UNKNOWN_FIELD /files/f/url']],
  [{ ...good, files: { f: { bytes: -1 } } }, ['RANGE /files/f/bytes']],
  [{ ...good, files: { ' f': {} } }, ['BAD_NAME /files/ f']],
  [{ ...good, jobCount: 1.5 }, ['RANGE /jobCount']],
  [{ ...good, jobCount: 5_000_001 }, ['TOO_LARGE /jobCount']],
  [{ ...good, edgeCount: 20_000_001 }, ['TOO_LARGE /edgeCount']],
  [{ ...good, annotations: { a: Infinity } }, ['RANGE /annotations/a']],
  [{ ...good, annotations: { a: 'nul \u0000' } }, ['BAD_TEXT /annotations/a']],
  [{ ...good, annotations: { a: '\ud800' } }, ['BAD_TEXT /annotations/a']],
  [{ ...good, annotations: { 'esc\u001b[2J': 1 } }, ['BAD_TEXT /annotations/esc\u001b[2J']],
  [JSON.parse('{"apiVersion":"sluice/v1","name":"w","tags":{"__proto__":"x"}}'), ['UNKNOWN_FIELD /tags/__proto__']],
])('a header is refused by code and place: %#', (value, expected) => {
  expect(refused(value)).toEqual(expected);
});

test.each([
  [3, ['BAD_TYPE /templates/t']],
  [{}, ['MISSING_FIELD /templates/t/command']],
  [{ command: {} }, ['MISSING_FIELD /templates/t/command']],
  [{ command: { argv: [] } }, ['RANGE /templates/t/command/argv']],
  [{ command: { argv: 'ls -l' } }, ['BAD_TYPE /templates/t/command/argv']],
  [{ command: { argv: ['ls', 3] } }, ['BAD_TYPE /templates/t/command/argv/1']],
  [{ command: { argv: ['ls'], cmdline: 'ls' } }, ['ARGV_AND_CMDLINE /templates/t/command']],
  [{ command: { argv: ['ls'], shell: 'sh' } }, ['UNKNOWN_FIELD /templates/t/command/shell']],
  [{ transform: 'noop', command }, ['UNKNOWN_FIELD /templates/t/command']],
  [{ command, colour: 1 }, ['UNKNOWN_FIELD /templates/t/colour']],
  [{ command, resources: { cores: 0 } }, ['RANGE /templates/t/resources/cores']],
  [{ command, resources: { cores: '1' } }, ['BAD_TYPE /templates/t/resources/cores']],
  [{ command, resources: { cores: 1e6 } }, ['RANGE /templates/t/resources/cores']],
  [{ command, resources: { memoryMib: 0 } }, ['RANGE /templates/t/resources/memoryMib']],
  [{ command, resources: { memoryMib: 1.5 } }, ['RANGE /templates/t/resources/memoryMib']],
  [{ command, resources: { memoryMib: null } }, ['BAD_TYPE /templates/t/resources/memoryMib']],
  [{ command, resources: { memoryMaxMib: 1024 } }, ['MEMORY_ORDER /templates/t/resources/memoryMib']],
  [{ command, resources: { walltimeSec: 0 } }, ['BAD_WALLTIME /templates/t/resources/walltimeSec']],
  [{ command, resources: { walltimeSec: '01:00:00' } }, ['BAD_WALLTIME /templates/t/resources/walltimeSec']],
  [{ command, retry: { retries: -1 } }, ['RANGE /templates/t/retry/retries']],
  [{ command, retry: { retries: 1e9 } }, ['RANGE /templates/t/retry/retries']],
  [
    { command, retry: { rules: [{ exit: [256], then: 'fail' }] } },
    ['BAD_RETRY_CODE /templates/t/retry/rules/0/exit/0'],
  ],
  [
    { command, retry: { rules: [{ reason: ['bored'], then: 'fail' }] } },
    ['BAD_RETRY_CODE /templates/t/retry/rules/0/reason/0'],
  ],
  [
    { command, retry: { rules: [{ signal: ['9'], then: 'fail' }] } },
    ['BAD_RETRY_CODE /templates/t/retry/rules/0/signal/0'],
  ],
  [{ command, retry: { rules: [{ exit: [1] }] } }, ['MISSING_FIELD /templates/t/retry/rules/0/then']],
  [{ command, priority: 1_001 }, ['RANGE /templates/t/priority']],
  [{ command, env: { 'A=B': '1' } }, ['BAD_NAME /templates/t/env/A=B']],
  [{ command, env: { A: 1 } }, ['BAD_TYPE /templates/t/env/A']],
])('a template is refused by code and place: %#', (template, expected) => {
  expect(refused(withTemplate(template))).toEqual(expected);
});

test('a fault of defaults is told once, where it stands, however many templates there are', () => {
  const defaults = { resources: { cores: 0 } };
  expect(refused({ ...good, defaults, templates: { a: { command }, b: { command } } })).toEqual([
    'RANGE /defaults/resources/cores',
  ]);
});

test('all faults come at once', () => {
  const templates = { a: { command: {} }, b: { command, priority: -1 } };
  expect(refused({ ...good, tags: { x: 1 }, templates })).toEqual([
    'BAD_TYPE /tags/x',
    'MISSING_FIELD /templates/a/command',
    'RANGE /templates/b/priority',
  ]);
});

test('a number where a text belongs is shown the quotes', () => {
  const checked = checkHeader(withTemplate({ command, env: { N: 4 } }));
  expect(checked).toMatchObject({
    refusal: { errors: [{ remedy: 'Put it in quotes as you wrote it; read as a number it is 4.' }] },
  });
});

test('an apiVersion in other letters is shown how it is written', () => {
  const { apiVersion, ...rest } = good;
  const checked = checkHeader({ apiversion: apiVersion, ...rest });
  const [error] = 'refusal' in checked ? checked.refusal.errors : [];
  expect(error).toMatchObject({
    code: 'MISSING_FIELD',
    message: 'apiVersion is missing; here it is written "apiversion"',
  });
});

test('emoji, SQL and markup are names like others', () => {
  for (const name of ['🔭 survey', `x'; drop table job; --`, '<script>', '=cmd()', '$JS.API.>', '%_']) {
    expect(accepted({ ...good, name }).document.name).toBe(name);
  }
});

test('a message holds nothing that a terminal obeys, whatever a key holds', () => {
  const checked = checkHeader({ apiVersion: 'sluice/v1', name: 'w', 'a\u001b[2J\u202e\n': 1 });
  const messages = 'refusal' in checked ? checked.refusal.errors.map(({ message }) => message) : [];
  expect(messages).toContain('a\\u001b[2J\\u202e\\n is not a field here');
});
