import { DocumentJob, Template, type DocumentErrorCode, type DocumentHeader } from '#contracts';
import { shown, shownKey, shownList } from '#core';
import type { ValueFault } from './fault.js';
import { didYouMean } from './did-you-mean.js';
import { fieldsAt, type Schema } from './schema-fields.js';
import { pointerOf } from './where.js';

type Issue = NonNullable<ReturnType<typeof DocumentHeader.safeParse>['error']>['issues'][number];
type Path = (string | number)[];

/** What remedies point to. */
export interface Manual {
  /** The page that says what each field may hold. */
  page: string;
  /** Where there is room for what only the user needs. */
  ownRoom: string;
}

const documentManual: Manual = { page: 'docs/document.md', ownRoom: '"annotations", "opaque" or "tags"' };

/**
 * Turns what a schema of libs/contracts dislikes into faults with our codes and words.
 * @param root the value that was read
 * @param base JSON pointer of that value; the faults' pointers start with it
 */
export function schemaFaults(
  issues: readonly Issue[],
  root: unknown,
  { base = '', schema, manual = documentManual }: { base?: string; schema: Schema; manual?: Manual },
): ValueFault[] {
  return issues
    .flatMap((issue) => {
      const path = issue.path.map((key) => (typeof key === 'number' ? key : String(key)));
      const value = valueAt(root, path);
      return special(path, value) ?? general(issue, { path, value, root, schema, manual });
    })
    .map((fault) => ({ ...fault, pointer: base + fault.pointer }));
}

interface Found {
  path: Path;
  value: unknown;
  root: unknown;
  schema: Schema;
  manual: Manual;
}

function general(issue: Issue, found: Found): ValueFault[] {
  const fields = issue.code === 'unrecognized_keys' ? fieldsAt(found.schema, found.path) : [];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => misplaced(key, found) ?? unknownField([...found.path, key], { fields, ...found }));
    case 'invalid_union':
      return ofUnion(issue.errors, found);
    case 'invalid_type':
      return [ofType(issue.expected, found)];
    case 'invalid_value':
      return [ofChoice(issue.values.map(String), found)];
    case 'too_small':
      return [tooSmall(Number(issue.minimum), issue.origin, found)];
    case 'too_big':
      return [tooBig(Number(issue.maximum), issue.origin, found)];
    case 'custom':
    case 'invalid_element':
    case 'invalid_format':
    case 'invalid_key':
    case 'not_multiple_of':
      return [fault('BAD_TYPE', found, `is ${shown(found.value)}: ${issue.message}`, `See ${found.manual.page}.`)];
  }
}

/** Fields whose faults have a code of their own, whatever is wrong with them. */
function special(path: Path, value: unknown): ValueFault[] | null {
  const last = path.at(-1);
  if (last === 'walltimeSec' && value !== undefined) {
    const remedy = 'Whole seconds from 1 to 31,536,000 (a year) as a number, or null for no end.';
    return [fault('BAD_WALLTIME', { path, value }, `is ${shown(value)}`, remedy)];
  }
  const rules = path.indexOf('rules');
  const condition = path[rules + 2];
  if (rules !== -1 && (condition === 'exit' || condition === 'signal' || condition === 'reason')) {
    const remedy = 'A list with at least one: exit codes 0 to 255, names of signals, or reasons.';
    return [fault('BAD_RETRY_CODE', { path, value }, `is ${shown(value)}`, remedy)];
  }
  return null;
}

/** The branch whose type fits says what is wrong; when none does, the value is of a wrong type. */
function ofUnion(branches: readonly Issue[][], found: Found): ValueFault[] {
  const fitting = branches.find((issues) =>
    issues.every((issue) => issue.path.length > 0 || issue.code !== 'invalid_type'),
  );
  if (fitting)
    return schemaFaults(
      fitting.map((issue) => ({ ...issue, path: [...found.path, ...issue.path] })),
      found.root,
      found,
    );
  if (found.value === undefined) return [missing(found.path, found.manual)];
  const words: Partial<Record<string, string>> = { string: 'a text', int: 'a position', number: 'a position' };
  const expected = branches.flatMap(([first]) => (first?.code === 'invalid_type' ? [first.expected] : []));
  const choices = [...new Set(expected.map((type) => words[type] ?? 'an object'))].join(' or ');
  return [fault('BAD_TYPE', found, `is ${shown(found.value)}`, `Give ${choices}.`)];
}

function ofType(expected: string, found: Found): ValueFault {
  if (found.value === undefined) return missing(found.path, found.manual);
  if (expected === 'int' && typeof found.value === 'number') {
    return fault('RANGE', found, `is ${found.value}`, 'Give a whole number.');
  }
  const words = typeWords[expected] ?? `a value of type ${expected}`;
  const remedy = expected === 'string' ? textRemedy(found.value) : `Give ${words}.`;
  return fault('BAD_TYPE', found, `is ${shown(found.value)}, not ${words}`, remedy);
}

/** A number does not tell how it was written: 017 and 1.50 are read as 17 and 1.5. */
function textRemedy(value: unknown): string {
  if (typeof value === 'number') return `Put it in quotes as you wrote it; read as a number it is ${value}.`;
  return typeof value === 'boolean' ? `Put it in quotes: "${value}".` : 'Give a text.';
}

function ofChoice(choices: readonly string[], found: Found): ValueFault {
  if (found.value === undefined) return missing(found.path, found.manual);
  const code = typeof found.value === 'string' ? 'RANGE' : 'BAD_TYPE';
  return fault(code, found, `is ${shown(found.value)}`, `One of ${shownList(choices)}.`);
}

function tooSmall(minimum: number, origin: string, found: Found): ValueFault {
  if (origin === 'string') return fault('BAD_NAME', found, 'is empty', 'Give it a name of visible characters.');
  if (origin === 'array')
    return fault('RANGE', found, 'is an empty list', `Give at least ${minimum}, or leave it out.`);
  return fault('RANGE', found, `is ${shown(found.value)}`, `At least ${grouped(minimum)}.`);
}

function tooBig(maximum: number, origin: string, found: Found): ValueFault {
  if (origin === 'array') return fault('TOO_LARGE', found, 'has too many items', `At most ${grouped(maximum)}.`);
  return fault('RANGE', found, `is ${shown(found.value)}`, `At most ${grouped(maximum)}.`);
}

/** The fault of a field that must be there. */
export function missing(path: Path, manual = documentManual): ValueFault {
  const remedy = `Add ${shown(path.at(-1) ?? '')}: ${manual.page} says what it may hold.`;
  return { code: 'MISSING_FIELD', pointer: pointerOf(path), message: `${named(path)} is missing`, remedy };
}

/** What all jobs of a kind share, written at one job. */
function misplaced(key: string, { path, schema }: Found): ValueFault | null {
  if (schema !== DocumentJob || path.length > 0 || !Object.hasOwn(Template.shape, key)) return null;
  const remedy = `Write it in the template of the job, or in "defaults" of the header: jobs of one template share it.`;
  return { code: 'UNKNOWN_FIELD', pointer: pointerOf([key]), message: `${shownKey(key)} stands in a job`, remedy };
}

function unknownField(path: Path, { fields, manual }: { fields: readonly string[]; manual: Manual }): ValueFault {
  const near = didYouMean(String(path.at(-1) ?? ''), fields);
  const there = fields.length > 0 ? `The fields here are ${fields.join(', ')}. ` : '';
  const remedy = `${near || there}Take it away or correct its spelling; what only you need goes under ${manual.ownRoom}.`;
  return { code: 'UNKNOWN_FIELD', pointer: pointerOf(path), message: `${named(path)} is not a field here`, remedy };
}

function fault(
  code: DocumentErrorCode,
  found: { path: Path; value: unknown },
  says: string,
  remedy: string,
): ValueFault {
  return { code, pointer: pointerOf(found.path), message: `${named(found.path)} ${says}`, remedy };
}

const typeWords: Partial<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

const named = (path: Path): string => (path.length === 0 ? 'it' : path.map(shownKey).join('.'));

const grouped = (value: number): string => value.toLocaleString('en-US');

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}
