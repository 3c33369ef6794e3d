import { fieldConditions, type FieldReader, together } from './query-fields.js';
import { type QueryFault, readQuery } from './query-text.js';
import { FilterCondition, type JobFilter } from './job-filter.js';
import { FailReason, JobState } from './job.js';

const groupShape = /^(?:e[1-9]\d{0,8}|[0-9a-f]{16})$/;
const group = (text: string): string | { message: string; remedy: string } =>
  groupShape.test(text)
    ? text
    : {
        message: `"${text.slice(0, 100)}" is no error group`,
        remedy: 'a name such as e1, or a fingerprint of 16 hex digits',
      };

/** What a query of jobs may ask about; all but label, state and job are of the last attempt. */
export const jobQueryFields = {
  label: { kind: 'text' },
  state: { kind: 'word', words: JobState.options, alias: { running: 'leased' } },
  reason: { kind: 'word', words: FailReason.options },
  exit: { kind: 'number', min: 0, max: 255 },
  site: { kind: 'text' },
  group: { kind: 'text', read: group },
  job: { kind: 'text' },
} as const satisfies Readonly<Record<string, FieldReader>>;

/** What a query of jobs asks for: a filter, with jobs and error groups still as people name them. */
export interface JobQueryFilter extends JobFilter {
  /** Ordinals, names or `label/name`. */
  jobs?: string[];
  /** Names such as e1, or fingerprints: what `fingerprints` is to be. */
  groups?: string[];
}

/** Reads a query of jobs. @returns the filter that it asks for, or the first fault */
export function readJobQuery(text: string): { filter: JobQueryFilter } | { fault: QueryFault } {
  const read = readQuery(text);
  if ('fault' in read) return read;
  const named = read.terms.find(({ field, isNot }) => field === 'job' && isNot);
  if (named)
    return {
      fault: {
        code: 'value',
        at: named.at,
        message: 'job cannot be turned around',
        remedy: 'say which jobs: job:isr/17',
      },
    };
  const result = fieldConditions(read.terms, jobQueryFields, null);
  if ('fault' in result) return result;
  const filter: JobQueryFilter = {};
  const except: FilterCondition[] = [];
  for (const [field, [{ isNot, values }]] of result.conditions) {
    const [to, condition] = places[field as keyof typeof jobQueryFields];
    Object.assign(filter, { [to]: values });
    if (isNot && condition !== null) except.push(condition);
  }
  return { filter: { ...filter, ...(except.length > 0 && { except }) } };
}

const places: Readonly<Record<keyof typeof jobQueryFields, [keyof JobQueryFilter, FilterCondition | null]>> = {
  label: ['labels', 'labels'],
  state: ['states', 'states'],
  reason: ['reasons', 'reasons'],
  exit: ['exitCodes', 'exitCodes'],
  site: ['sites', 'sites'],
  group: ['groups', 'fingerprints'],
  job: ['jobs', null],
};

const turnable = FilterCondition.options;

/** Two filters as one: both must hold. */
export function bothFilters<F extends JobFilter & { jobs?: readonly string[] | undefined }>(one: F, other: F): F {
  const both: Record<string, unknown> = { ...one };
  const except = new Set<FilterCondition>();
  for (const condition of turnable) {
    const found = [one, other].flatMap((filter) => {
      const values: unknown[] | undefined = filter[condition];
      return values ? [{ isNot: filter.except?.includes(condition) ?? false, values }] : [];
    });
    const [first, second] = found;
    if (!first) continue;
    const { isNot, values } = second ? together(first, second) : first;
    both[condition] = values;
    if (isNot) except.add(condition);
  }
  const jobs = one.jobs && other.jobs ? one.jobs.filter((job) => other.jobs?.includes(job)) : (one.jobs ?? other.jobs);
  return { ...both, ...(jobs && { jobs }), except: except.size > 0 ? [...except] : undefined } as F;
}
