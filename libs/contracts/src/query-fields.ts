/** How the terms of a query become lists of values, field by field: what queries of jobs and of workflows share. */
import type { QueryFault, QueryTerm, QueryValue } from './query-text.js';

/** How the values of a field are read. */
export type FieldReader =
  /** `isMany`: a thing may have several at once, or be like several. */
  | { kind: 'text'; isMany?: true; read?: (text: string) => string | { message: string; remedy: string } }
  | { kind: 'word'; words: readonly string[]; alias?: Readonly<Record<string, string>> }
  | { kind: 'number'; min: number; max: number }
  | { kind: 'time' };

/** A half-open stretch of time, ms since 1970; null: no bound. */
export interface TimeSpan {
  fromMs: number | null;
  beforeMs: number | null;
}

/** What a field must be: one of these values, or with `isNot` none of them. */
export interface FieldCondition<T = unknown> {
  isNot: boolean;
  values: T[];
}

/** Values that a range of numbers may stand for. */
const rangeMax = 10_000;

/**
 * The conditions of every field that is asked about, all of which must hold: one for a field that has one value at a time.
 * @param fields by name @param bare the field of a word without one; null: each needs one
 */
export function fieldConditions(
  terms: readonly QueryTerm[],
  fields: Readonly<Record<string, FieldReader>>,
  bare: string | null,
): { conditions: Map<string, [FieldCondition, ...FieldCondition[]]> } | { fault: QueryFault } {
  const conditions = new Map<string, [FieldCondition, ...FieldCondition[]]>();
  for (const term of terms) {
    const name = term.field ?? bare;
    const reader = name === null ? undefined : fields[name];
    if (name === null || reader === undefined || !Object.hasOwn(fields, name))
      return { fault: unknownField(term, fields) };
    const values: unknown[] = [];
    for (const value of term.values) {
      const read = readValue(reader, value, name);
      if ('fault' in read) return read;
      values.push(...read.values);
    }
    if (reader.kind === 'time' && (term.isNot || term.values.length > 1 || conditions.has(name))) {
      return {
        fault: {
          code: 'value',
          at: term.at,
          message: `${name} takes one stretch of time`,
          remedy: `${name}:2026-11-01..2026-11-22`,
        },
      };
    }
    const condition = { isNot: term.isNot, values: [...new Set(values)] };
    const before = conditions.get(name);
    const isMany = reader.kind === 'text' && reader.isMany === true;
    if (!before) conditions.set(name, [condition]);
    else if (isMany) before.push(condition);
    else conditions.set(name, [together(before[0], condition)]);
  }
  return { conditions };
}

/** Two conditions on one field as one: both must hold. */
export function together(one: FieldCondition, other: FieldCondition): FieldCondition {
  const isIn =
    (values: readonly unknown[]) =>
    (value: unknown): boolean =>
      values.includes(value);
  if (one.isNot && other.isNot) return { isNot: true, values: [...new Set([...one.values, ...other.values])] };
  if (one.isNot) return { isNot: false, values: other.values.filter((value) => !isIn(one.values)(value)) };
  if (other.isNot) return { isNot: false, values: one.values.filter((value) => !isIn(other.values)(value)) };
  return { isNot: false, values: one.values.filter(isIn(other.values)) };
}

function unknownField({ field, at }: QueryTerm, fields: Readonly<Record<string, FieldReader>>): QueryFault {
  const known = `fields are ${Object.keys(fields).join(', ')}`;
  return field === null
    ? { code: 'unknown-field', at, message: 'a word without a field', remedy: `write field:value; ${known}` }
    : { code: 'unknown-field', at, message: `there is no field "${field}"`, remedy: known };
}

type Read = { values: unknown[] } | { fault: QueryFault };

function readValue(reader: FieldReader, value: QueryValue, name: string): Read {
  switch (reader.kind) {
    case 'text':
      return readText(reader, value, name);
    case 'word':
      return readWord(reader, value, name);
    case 'number':
      return readNumbers(reader, value, name);
    case 'time':
      return readTime(value, name);
  }
}

function readText({ read }: FieldReader & { kind: 'text' }, value: QueryValue, name: string): Read {
  if (value.kind === 'range') {
    return fault(value, `${name} has no ranges`, `in quotes it is a text: ${name}:"1..2"`);
  }
  const text = read ? read(value.text) : value.text;
  return typeof text === 'string' ? { values: [text] } : fault(value, text.message, text.remedy);
}

function readWord({ words, alias = {} }: FieldReader & { kind: 'word' }, value: QueryValue, name: string): Read {
  const said = value.kind === 'text' ? value.text : null;
  const word = said !== null && Object.hasOwn(alias, said) ? alias[said] : said;
  if (word !== null && word !== undefined && words.includes(word)) return { values: [word] };
  const message = said === null ? `${name} has no ranges` : `${name} is never "${said.slice(0, 100)}"`;
  return fault(value, message, `one of ${words.join(', ')}`);
}

function readNumbers({ min, max }: FieldReader & { kind: 'number' }, value: QueryValue, name: string): Read {
  const remedy = `a whole number from ${min} to ${max}, or a range: ${name}:1..9, ${name}:>=1`;
  if (value.kind === 'text') {
    const number = wholeNumber(value.text, { min, max });
    return number === null ? fault(value, `"${value.text.slice(0, 100)}" is no ${name}`, remedy) : { values: [number] };
  }
  const from = value.from === null ? min : wholeNumber(value.from, { min, max });
  const to = value.to === null ? max : wholeNumber(value.to, { min, max });
  if (from === null || to === null) return fault(value, `a bound is no ${name}`, remedy);
  const [first, last] = [value.isFromIn ? from : from + 1, value.isToIn ? to : to - 1];
  if (first > last) return fault(value, 'the range holds nothing', remedy);
  if (last - first >= rangeMax) return fault(value, `the range holds more than ${rangeMax} values`, 'give both bounds');
  return { values: Array.from({ length: last - first + 1 }, (_, i) => first + i) };
}

function wholeNumber(text: string, { min, max }: { min: number; max: number }): number | null {
  const number = /^-?\d{1,10}$/.test(text) ? Number(text) : NaN;
  return number >= min && number <= max ? number : null;
}

const timeShape = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})?)?$/;
const dayMs = 86_400_000;

/** A day alone is all of it; `..` holds both ends. UTC where no offset is given. */
function readTime(value: QueryValue, name: string): Read {
  const remedy = `a day or a time in UTC: ${name}:2026-11-22, ${name}:>=2026-11-22T18:30, ${name}:2026-11-01..2026-11-22`;
  if (value.kind === 'text') {
    const span = spanOf(value.text);
    return span ? { values: [span] } : fault(value, `"${value.text.slice(0, 100)}" is no time`, remedy);
  }
  const from = value.from === null ? null : spanOf(value.from);
  const to = value.to === null ? null : spanOf(value.to);
  if ((value.from !== null && !from) || (value.to !== null && !to)) return fault(value, 'a bound is no time', remedy);
  const fromMs = from ? (value.isFromIn ? from.fromMs : from.beforeMs) : null;
  const beforeMs = to ? (value.isToIn ? to.beforeMs : to.fromMs) : null;
  return { values: [{ fromMs, beforeMs } satisfies TimeSpan] };
}

/** What a text means: a day, or a moment (as PostgreSQL keeps it for a millisecond). */
function spanOf(text: string): { fromMs: number; beforeMs: number } | null {
  if (!timeShape.test(text)) return null;
  const isDay = text.length === 10;
  const fromMs = Date.parse(isDay || /(?:Z|[+-]\d{2}:\d{2})$/.test(text) ? text : `${text}Z`);
  return Number.isNaN(fromMs) ? null : { fromMs, beforeMs: fromMs + (isDay ? dayMs : 1) };
}

const fault = ({ at }: QueryValue, message: string, remedy: string): { fault: QueryFault } => ({
  fault: { code: 'value', at, message, remedy },
});
