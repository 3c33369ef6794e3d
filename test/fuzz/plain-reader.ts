/**
 * A second reader of documents, written for the tests alone and without a line of ours: JSON.parse, the yaml package, and
 * what docs/document.md says. Slow and plain.
 */
import { gunzipSync } from 'node:zlib';
import { parse } from 'yaml';

/** What a document says: its header without `jobs`, and its jobs. */
export interface PlainDocument {
  header: unknown;
  jobs: unknown[];
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** @returns null when the bytes cannot be read in that form. */
export function readPlain(bytes: Buffer, form: 'json' | 'yaml' | 'ndjson'): PlainDocument | null {
  try {
    const text = utf8.decode(bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes);
    if (form === 'ndjson') return ofLines(text);
    return ofWhole(
      form === 'json' ? JSON.parse(text) : parse(text, { version: '1.2', schema: 'core', maxAliasCount: 1e6 }),
    );
  } catch {
    return null;
  }
}

function ofLines(text: string): PlainDocument {
  const [header, ...jobs] = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as unknown);
  return { header, jobs };
}

function ofWhole(value: unknown): PlainDocument {
  const { jobs, ...header } = value as { jobs: unknown[] };
  return { header, jobs };
}

/** What must not stand in a JSON text that was taken, because reading it loses or changes something. */
export function lossesOf(text: string): string[] {
  const bare = text.replace(/"(?:[^"\\]|\\.)*"/gs, '""');
  const numbers = bare.match(/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g) ?? [];
  const inexact = numbers.filter((number) =>
    /^-?\d+$/.test(number)
      ? BigInt(number) !== BigInt(Number(number)) || !Number.isSafeInteger(Number(number))
      : !Number.isFinite(Number(number)),
  );
  const colons = bare.split(':').length - 1;
  const keys = text.split('\n').reduce((sum, line) => sum + (line.trim() === '' ? 0 : keysIn(line)), 0);
  return [...inexact.map((number) => `the number ${number}`), ...(colons === keys ? [] : ['a key that stands twice'])];
}

function keysIn(line: string): number {
  let keys = 0;
  JSON.parse(line, (_, value: unknown) => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) keys += Object.keys(value).length;
    return value;
  });
  return keys;
}

/** Texts anywhere in a value, keys too, that PostgreSQL cannot keep or that deceive who reads a terminal. */
export function badTextsIn(value: unknown): string[] {
  if (typeof value === 'string') return isBad(value) ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => [...badTextsIn(key), ...badTextsIn(item)]);
}

const isBad = (text: string): boolean =>
  [...text].some((character) => {
    const code = character.codePointAt(0) ?? 0;
    const isControl = (code < 32 && code !== 9 && code !== 10 && code !== 13) || (code >= 127 && code < 160);
    return (
      isControl ||
      (code >= 0xd800 && code < 0xe000) ||
      (code >= 0x202a && code <= 0x202e) ||
      (code >= 0x2066 && code <= 0x2069)
    );
  });

interface Fields {
  [field: string]: unknown;
}

/** A job as it is stored, from what the document says. */
export function expectedJob(raw: unknown, header: Fields): Fields {
  const job = raw as Fields;
  const templates = Object.keys(header['templates'] ?? {});
  const kind = job['kind'] === 'noop' ? 'barrier' : (job['kind'] ?? 'job');
  const only = kind === 'job' && templates.length === 1 ? templates[0] : undefined;
  const template = nfc(job['template']) ?? only ?? '';
  const kept = ['vars', 'params', 'inputs', 'outputs', 'tags', 'weight', 'observed'].flatMap((field) => {
    const value = job[field];
    if (value === undefined) return [];
    const isEmpty = field !== 'params' && Object.keys(value as object).length === 0;
    return isEmpty ? [] : [[field, value] as const];
  });
  const named = [job['inputs'], job['outputs']].flat().filter((use) => typeof use === 'string');
  const entries = (header['files'] ?? {}) as Record<string, { uri?: string }>;
  const placed = named.filter((name) => entries[name]?.uri !== undefined).map((name) => [name, entries[name]] as const);
  if (placed.length > 0) kept.push(['files', Object.fromEntries(placed)]);
  return {
    name: nfc(job['name']),
    label: nfc(job['label']) ?? (template === '' ? kind : template),
    template,
    kind,
    group: nfc(job['in']) ?? null,
    ...parentsOf(job),
    spec: kept.length === 0 ? null : Object.fromEntries(kept),
    ...(job['blocking'] === undefined ? {} : { blocking: job['blocking'] }),
  };
}

const nfc = (text: unknown): string | undefined => (typeof text === 'string' ? text.normalize('NFC') : undefined);

/** Parents as they are written, each once; one that must finish outweighs itself that must end. */
function parentsOf(job: Fields): { parents: unknown[]; endedParents: unknown[] } {
  const after = ((job['after'] ?? []) as unknown[]).map((item) => {
    const { job: parent, on = 'success' } = (typeof item === 'object' ? item : { job: item }) as Fields;
    return { parent: nfc(parent) ?? parent, on };
  });
  const success = new Set(after.filter(({ on }) => on === 'success').map(({ parent }) => parent));
  const ended = new Set(after.map(({ parent }) => parent).filter((parent) => !success.has(parent)));
  return { parents: [...success], endedParents: [...ended] };
}

/** Codes of what is wrong with the whole of some good jobs, groups left out; empty: it must be sealed. */
export function wholeFaults(jobs: readonly { name: string; parents: unknown[] }[]): Set<string> {
  const faults = new Set<string>();
  const places = new Map<unknown, number>();
  jobs.forEach(({ name }, place) => {
    if (places.has(name)) faults.add('DUPLICATE_NAME');
    else places.set(name, place);
  });
  const parents = jobs.map((job) =>
    job.parents.map((parent) => (typeof parent === 'number' ? parent : places.get(parent))),
  );
  if (parents.flat().some((place) => place === undefined || place >= jobs.length)) faults.add('UNKNOWN_PARENT');
  const ended = new Set<number>();
  for (let before = -1; before !== ended.size;) {
    before = ended.size;
    parents.forEach((of, place) => {
      if (of.every((parent) => parent === undefined || parent >= jobs.length || ended.has(parent))) ended.add(place);
    });
  }
  if (ended.size < jobs.length) faults.add('CYCLE');
  return faults;
}
