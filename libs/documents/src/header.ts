import { documentLimits, DocumentHeader, type DocumentRefusal, type SizeLimits, type WrittenHeader } from '#contracts';
import { shown } from '#core';
import type { CheckedHeader, JobContext } from './checked-header.js';
import { checkFinal } from './final-job.js';
import { errorAt, type ValueFault } from './fault.js';
import { addressFault } from './fetched-files.js';
import { plainFaults } from './plain-value.js';
import { Refusal, refusalOf } from './refusal.js';
import { schemaFaults } from './schema-issue.js';
import { resolveTemplates } from './template.js';
import { inNfc, nameFault } from './text-rule.js';
import { pointerOf } from './where.js';

/**
 * Checks a document without its jobs: line 1 of a streamed one, or the body of the request that opens an upload.
 * @param value as parsed; use readJson() on text that came from outside, it sees keys that stand twice
 * @param limits kept in the header for what is checked against it later
 * @returns of a faulty one also what its jobs can be checked against all the same; null: nothing in it can be relied on
 */
export function checkHeader(
  value: unknown,
  limits: SizeLimits = documentLimits,
): { header: CheckedHeader } | { refusal: DocumentRefusal; context: JobContext | null } {
  const refusal = new Refusal();
  const tell = (faults: readonly ValueFault[]): void => refusal.add(...faults.map((fault) => errorAt('', fault)));
  const fault = versionFault(value) ?? jobsFault(value);
  if (fault) tell([fault]);
  // Without its version a workflow can still be told from something that is none.
  if (fault && !(fault.code === 'MISSING_FIELD' && Object.hasOwn(value as object, 'templates'))) {
    return { refusal: refusal.answer(), context: null };
  }
  const header = readHeader(value as object, { limits, refusal, tell });
  if (header && refusal.isEmpty) return { header };
  return { refusal: refusal.answer(), context: contextOf(value as object, limits) };
}

/**
 * What is wrong with the final job's outputs in a space; the outputs of other jobs are checked with these. Null: nothing.
 * @param outputPrefix of the space
 */
export function finalRefusal(header: CheckedHeader, outputPrefix: string | null): DocumentRefusal | null {
  if (!header.written.final || outputPrefix === null) return null;
  const final = checkFinal(header.written.final.job, { ...header, outputPrefix });
  return 'errors' in final ? refusalOf(...final.errors) : null;
}

interface Reading {
  limits: SizeLimits;
  refusal: Refusal;
  tell: (faults: readonly ValueFault[]) => void;
}

function readHeader(value: object, { limits, refusal, tell }: Reading): CheckedHeader | null {
  tell(plainFaults(value));
  const read = DocumentHeader.safeParse(value);
  if (!read.success) tell(schemaFaults(read.error.issues, value, { schema: DocumentHeader }));
  const templates = resolveTemplates(value, tell);
  if (!read.success) return null;
  tell([...nameFaults(read.data), ...addressFaults(read.data), ...countFaults(read.data, limits)]);
  return checkedFrom({ header: read.data, written: value as WrittenHeader }, { templates, limits }, refusal);
}

/** What jobs can be checked against although the header is faulty. */
function contextOf(value: object, limits: SizeLimits): JobContext {
  const { templates, files = {} } = value as { templates?: unknown; files?: unknown };
  const good = resolveTemplates(value, () => undefined);
  const names = isFields(templates) ? Object.keys(templates).map(inNfc) : [];
  const doubtful = new Set(names.filter((name) => !good.has(name)));
  const isReadable = templates === undefined || isFields(templates);
  return {
    templates: good,
    files: new Map(isFields(files) ? Object.keys(files).map((name) => [name, {}]) : []),
    limits,
    doubt: { templates: isReadable ? doubtful : 'all', files: !isFields(files) },
  };
}

const isFields = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function checkedFrom(
  { header, written }: { header: DocumentHeader; written: WrittenHeader },
  { templates, limits }: Pick<CheckedHeader, 'templates' | 'limits'>,
  refusal: Refusal,
): CheckedHeader {
  const resolved = Object.fromEntries([...templates].map(([name, { template }]) => [name, template]));
  const document = { ...header, name: inNfc(header.name), defaults: {}, templates: resolved };
  const files = new Map(Object.entries(header.files));
  const checked = { document, written, templates, files, limits, final: null };
  // With a faulty template its names would look unknown too: first things first.
  if (!header.final || !refusal.isEmpty) return checked;
  const final = checkFinal(header.final.job, checked);
  if ('errors' in final) {
    refusal.add(...final.errors);
    return checked;
  }
  return { ...checked, final: { when: header.final.when, job: final.job } };
}

function versionFault(value: unknown): ValueFault | null {
  const remedy = 'Begin the document with "apiVersion": "sluice/v1".';
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { code: 'BAD_TYPE', pointer: '', message: `the document is ${shown(value)}, not an object`, remedy };
  }
  if (!Object.hasOwn(value, 'apiVersion')) {
    const twin = Object.keys(value).find((key) => /^api_?version$/i.test(key));
    const message = `apiVersion is missing${twin === undefined ? '' : `; here it is written ${shown(twin)}`}`;
    return { code: 'MISSING_FIELD', pointer: '/apiVersion', message, remedy };
  }
  const version = (value as { apiVersion: unknown }).apiVersion;
  if (version === 'sluice/v1') return null;
  const message = `apiVersion is ${shown(version)}; this server reads sluice/v1`;
  return { code: 'UNSUPPORTED_VERSION', pointer: '/apiVersion', message, remedy };
}

function jobsFault(value: unknown): ValueFault | null {
  if (!Object.hasOwn(value as object, 'jobs')) return null;
  const remedy = 'Send the jobs as chunks, one job a line; readDocument() and `sluice submit` do so.';
  return { code: 'UNKNOWN_FIELD', pointer: '/jobs', message: 'jobs is not a field of a header', remedy };
}

function nameFaults(header: DocumentHeader): ValueFault[] {
  const named: [(string | number)[], string, string][] = [
    [['name'], 'the name of the workflow', header.name],
    ...Object.keys(header.files).map((name): [string[], string, string] => [
      ['files', name],
      'the name of a file',
      name,
    ]),
  ];
  return named.flatMap(([path, what, name]) => {
    const fault = nameFault(what, name);
    return fault ? [{ ...fault, pointer: pointerOf(path) }] : [];
  });
}

function addressFaults({ files }: DocumentHeader): ValueFault[] {
  return Object.entries(files).flatMap(([name, { uri = '' }]) => {
    const fault = addressFault(uri);
    return fault ? [{ ...fault, pointer: pointerOf(['files', name, 'uri']) }] : [];
  });
}

function countFaults(header: DocumentHeader, limits: SizeLimits): ValueFault[] {
  const counts: [string, number | undefined, number][] = [
    ['jobCount', header.jobCount, limits.jobs],
    ['edgeCount', header.edgeCount, limits.edges],
  ];
  return counts.flatMap(([field, count, limit]) =>
    count === undefined || count <= limit ? [] : [tooMany(field, count, limit)],
  );
}

const tooMany = (field: string, count: number, limit: number): ValueFault => ({
  code: 'TOO_LARGE',
  pointer: pointerOf([field]),
  message: `${field} is ${count}; the limit is ${limit}`,
  remedy: 'Cut the workflow in parts.',
});
