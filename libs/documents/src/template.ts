import { failReasons, ownPlaceholders, placeholdersIn, placeholdersWithin, Template } from '#contracts';
import { shown, shownList } from '#core';
import type { CheckedTemplate } from './checked-header.js';
import type { ValueFault } from './fault.js';
import { schemaFaults } from './schema-issue.js';
import { inNfc, nameFault } from './text-rule.js';
import { pointerOf, step } from './where.js';

type Fields = Record<string, unknown>;

/** Objects of a template whose fields are laid over those of `defaults` one by one; all other fields replace whole. */
const layered = new Set(['command', 'env', 'resources', 'retry', 'placement']);

/**
 * Lays `defaults` under each entry of `templates` and checks the outcome.
 * @param header the header as it came; only its `defaults` and `templates` are read
 * @param tell takes the faults, placed from the header
 * @returns the good ones
 */
export function resolveTemplates(
  header: unknown,
  tell: (faults: readonly ValueFault[]) => void,
): ReadonlyMap<string, CheckedTemplate> {
  const { defaults, templates } = header as { defaults?: unknown; templates?: unknown };
  const under = isFields(defaults) ? defaults : {};
  tell(shapeFaults(under, '/defaults'));
  const checked = new Map<string, CheckedTemplate>();
  for (const [written, own] of isFields(templates) ? Object.entries(templates) : []) {
    const name = inNfc(written);
    if (name !== written && isTwin(name, templates)) tell([twin(written)]);
    const one = isFields(own) ? checkTemplate(name, under, own) : { faults: [] };
    if ('faults' in one) tell(one.faults);
    else checked.set(name, one.checked);
  }
  return checked;
}

const isTwin = (name: string, templates: unknown): boolean => isFields(templates) && Object.hasOwn(templates, name);

const twin = (written: string): ValueFault => ({
  code: 'DUPLICATE_KEY',
  pointer: pointerOf(['templates', written]),
  message: `two templates are named ${shown(written)}: names are kept in Unicode form NFC`,
  remedy: 'Name one of the two differently.',
});

function checkTemplate(
  name: string,
  under: Fields,
  own: Fields,
): { checked: CheckedTemplate } | { faults: ValueFault[] } {
  const base = pointerOf(['templates', name]);
  const ofName = nameFault('the name of a template', name);
  const nameFaults = ofName ? [{ ...ofName, pointer: base }] : [];
  const read = Template.safeParse(withMemory(lay(under, own)));
  // Faults of `defaults` were told once, where they stand; here only what this template adds.
  const faults = [...nameFaults, ...shapeFaults(own, base)];
  if (!read.success) return { faults };
  faults.push(...ruleFaults(read.data, base));
  if (faults.length > 0) return { faults };
  return { checked: { name, template: read.data, placeholders: placeholdersOf(read.data) } };
}

/** What is wrong with the fields of a template by themselves. */
function shapeFaults(fields: Fields, base: string): ValueFault[] {
  const read = Template.safeParse(fields);
  if (!read.success) return schemaFaults(read.error.issues, fields, { base, schema: Template });
  const { memoryMib, memoryPerCoreMib } = isFields(fields['resources']) ? fields['resources'] : {};
  if (memoryMib === undefined || typeof memoryPerCoreMib !== 'number') return [];
  const message = 'memoryMib has no meaning beside memoryPerCoreMib';
  const remedy = 'Give the memory of a job, or of each of its cores.';
  return [{ code: 'UNKNOWN_FIELD', pointer: `${base}/resources/memoryMib`, message, remedy }];
}

function lay(under: Fields, own: Fields): Fields {
  const whole: Fields = { ...under, ...own };
  for (const key of layered) {
    const [below, above] = [under[key], own[key]];
    if (isFields(below) && isFields(above)) whole[key] = { ...besides(key, below, above), ...above };
  }
  const runsCommand = (whole['transform'] ?? 'command') === 'command';
  if (!runsCommand && own['command'] === undefined) delete whole['command'];
  return whole;
}

/** What of `defaults` still has a meaning under the fields of a template. */
function besides(key: string, below: Fields, above: Fields): Fields {
  if (key === 'command') return commandUnder(below, above);
  return key === 'resources' ? resourcesUnder(below, above) : below;
}

/** Memory is given for the job or for each core: what a template gives is in place of what `defaults` give. */
function resourcesUnder(below: Fields, above: Fields): Fields {
  if (!('memoryMib' in above) && !('memoryPerCoreMib' in above)) return below;
  return without(below, 'memoryMib', 'memoryPerCoreMib');
}

/** Memory for each core becomes memory of the job; values that are no good are left for the schema to find. */
function withMemory(fields: Fields): Fields {
  const { resources } = fields;
  if (!isFields(resources) || 'memoryMib' in resources) return fields;
  const { memoryPerCoreMib, cores = 1 } = resources;
  if (typeof memoryPerCoreMib !== 'number' || typeof cores !== 'number') return fields;
  // Rounded up, but not for the last digits of a product such as 3 x 0.1.
  const memoryMib = Math.max(1, Math.ceil(Number((memoryPerCoreMib * cores).toPrecision(12))));
  return { ...fields, resources: { ...resources, memoryMib } };
}

const without = (fields: Fields, ...names: string[]): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([field]) => !names.includes(field)));

/** A template that gives argv does not also run the cmdline of `defaults`, nor the other way round. */
function commandUnder(below: Fields, above: Fields): Fields {
  if ('argv' in above) return without(below, 'argv', 'cmdline', 'shell');
  if ('cmdline' in above) return without(below, 'argv', 'cmdline');
  return below;
}

function ruleFaults(template: Template, base: string): ValueFault[] {
  return [
    ...commandFaults(template, base),
    ...memoryFaults(template, base),
    ...retryFaults(template, base),
    ...namesFaults(template, base),
  ];
}

function commandFaults({ transform, command }: Template, base: string): ValueFault[] {
  const pointer = `${base}/command`;
  if (transform !== 'command') {
    if (!command) return [];
    const message = `command stands beside the transform ${shown(transform)}, which does not run it`;
    return [{ code: 'UNKNOWN_FIELD', pointer, message, remedy: 'Take `command` away, or the `transform`.' }];
  }
  const both = command?.argv !== undefined && command.cmdline !== undefined;
  if (both) {
    const remedy = 'Keep argv (a program and its arguments) or cmdline (a line for a shell).';
    return [{ code: 'ARGV_AND_CMDLINE', pointer, message: 'command has both argv and cmdline', remedy }];
  }
  const blank = command?.argv === undefined ? !command?.cmdline?.trim() : command.argv[0] === '';
  if (blank) {
    const remedy = 'Give command.argv (a program and its arguments), command.cmdline, or another `transform`.';
    return [{ code: 'MISSING_FIELD', pointer, message: 'there is no command to run', remedy }];
  }
  if (command?.shell === undefined || command.cmdline !== undefined) return [];
  const remedy = 'Take `shell` away, or write the command as cmdline.';
  return [{ code: 'UNKNOWN_FIELD', pointer: `${pointer}/shell`, message: 'shell has no meaning beside argv', remedy }];
}

function memoryFaults({ resources: { memoryMib, memoryMaxMib } }: Template, base: string): ValueFault[] {
  if (memoryMaxMib === null || memoryMib <= memoryMaxMib) return [];
  const message = `memoryMib is ${memoryMib}, above memoryMaxMib, which is ${memoryMaxMib}`;
  const remedy = 'Raise memoryMaxMib or lower memoryMib (without one it is 2048).';
  return [{ code: 'MEMORY_ORDER', pointer: `${base}/resources/memoryMib`, message, remedy }];
}

function retryFaults({ retry: { rules } }: Template, base: string): ValueFault[] {
  return rules.flatMap(({ signal = [], reason = [] }, rule) => {
    const place = `${base}/retry/rules/${rule}`;
    const signals = signal.map((name, i) =>
      isSignal(name) ? [] : badRetryCode(`${place}/signal/${i}`, name, 'Signals are named like "SIGKILL".'),
    );
    const reasons = reason.map((name, i) =>
      isReason(name) ? [] : badRetryCode(`${place}/reason/${i}`, name, `Reasons are ${failReasons.join(', ')}.`),
    );
    return [...signals, ...reasons].flat();
  });
}

const isSignal = (name: string): boolean => /^SIG[A-Z0-9]{2,12}$/.test(name);

const isReason = (name: string): boolean => (failReasons as readonly string[]).includes(name);

const badRetryCode = (pointer: string, name: string, remedy: string): ValueFault => ({
  code: 'BAD_RETRY_CODE',
  pointer,
  message: `a retry rule names ${shown(name)}, which no attempt ends with`,
  remedy,
});

function namesFaults(template: Template, base: string): ValueFault[] {
  const named: [string, string, string][] = [
    ['the name of the transform', template.transform, `${base}/transform`],
    ...template.limits.map((name, i): [string, string, string] => ['the name of a limit', name, `${base}/limits/${i}`]),
    ...(['sites', 'avoidSites'] as const).flatMap((field) =>
      template.placement[field].map((name, i): [string, string, string] => [
        'the name of a site',
        name,
        `${base}/placement/${field}/${i}`,
      ]),
    ),
    ...Object.keys(template.placement.tags).map((name): [string, string, string] => [
      'the name of a tag',
      name,
      `${base}/placement/tags${step(name)}`,
    ]),
  ];
  const faults = named.flatMap(([what, name, pointer]) => {
    const fault = nameFault(what, name);
    return fault ? [{ ...fault, pointer }] : [];
  });
  return [...faults, ...envFaults(template, base)];
}

function envFaults({ env }: Template, base: string): ValueFault[] {
  const bad = Object.keys(env).filter((name) => !/^[^\s=]+$/.test(name));
  return bad.map((name) => ({
    code: 'BAD_NAME',
    pointer: `${base}/env${step(name)}`,
    message: `${shown(name)} cannot be the name of an environment variable`,
    remedy: 'No white space and no `=` in it, and at least one character.',
  }));
}

/** Placeholders that only the vars of a job can fill. */
function placeholdersOf({ command, env, params }: Template): readonly string[] {
  const { argv = [], cmdline = '', shell = '', image } = command ?? {};
  const texts = [...argv, cmdline, shell, image ?? '', ...Object.values(env)];
  const names = new Set([...texts.flatMap(placeholdersIn), ...placeholdersWithin(params)]);
  for (const name of ownPlaceholders) names.delete(name);
  return [...names];
}

/** For messages: the templates there are. */
export const templateList = (names: readonly string[]): string =>
  names.length === 0 ? 'The header has no templates: add one.' : `The header has ${shownList(names)}.`;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
