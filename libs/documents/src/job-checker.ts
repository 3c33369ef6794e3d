import {
  DocumentJob,
  fillPlaceholders,
  ownPlaceholders,
  placeholderValues,
  placeholdersWithin,
  type DocumentError,
  type FileEntry,
  type FileUse,
  type SizeLimits,
} from '#contracts';
import { nestedGroup, outputFault, shown, shownList, tooManyParents, unknownPosition, type CheckedJob } from '#core';
import { errorAt, type ValueFault } from './fault.js';
import type { CheckedTemplate, JobContext } from './checked-header.js';
import { didYouMean } from './did-you-mean.js';
import { fetchFaults } from './fetched-files.js';
import { isWrittenJob, type WrittenJob } from './job-shape.js';
import { mergedParents } from './parents.js';
import { isPlain, plainFaults } from './plain-value.js';
import { schemaFaults } from './schema-issue.js';
import { templateList } from './template.js';
import { inNfc, nameFault } from './text-rule.js';
import { step } from './where.js';

/**
 * Checks the jobs of one document, each by itself: what needs the others (twins, parents, cycles, counts, groups) is
 * found when the upload is sealed. A million jobs take a few seconds.
 */
export class JobChecker {
  /** The template of a job that names none: the only one there is. */
  private readonly only: CheckedTemplate | null;

  constructor(readonly context: JobContext) {
    const [first, second] = context.templates.values();
    this.only = first !== undefined && second === undefined ? first : null;
  }

  /**
   * @param raw one job, as parsed
   * @param where its place, for the errors: `/jobs/3` or `line 17`
   * @returns the checked job, or what is wrong with it (at least one error)
   */
  check(raw: unknown, where: string): CheckedJob | DocumentError[] {
    if (!isPlain(raw) || !isWrittenJob(raw)) return this.explain(raw, where);
    const template = this.templateOf(raw);
    const faults = this.ruleFaults(raw, template);
    if (faults.length > 0) return faults.map((fault) => errorAt(where, fault, raw.name));
    return checkedJob(raw, template, this.context);
  }

  private explain(raw: unknown, where: string): DocumentError[] {
    const read = DocumentJob.safeParse(raw);
    const faults = [
      ...plainFaults(raw),
      ...(read.success ? [] : schemaFaults(read.error.issues, raw, { schema: DocumentJob })),
    ];
    if (faults.length === 0) throw new Error(`isWrittenJob() refuses what DocumentJob takes: ${shown(raw)}`);
    faults.push(...this.faultsBeside(faults, raw));
    return faults.map((fault) => errorAt(where, fault, nameOf(raw)));
  }

  /** What is wrong with the other fields of a job, some of which cannot be read. Nothing that follows from the faults. */
  private faultsBeside(faults: readonly ValueFault[], raw: unknown): ValueFault[] {
    if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return [];
    const faulty = new Set(faults.map(({ pointer }) => fieldOf(pointer)));
    const rest = { name: '-', ...Object.fromEntries(Object.entries(raw).filter(([field]) => !faulty.has(field))) };
    if (!isPlain(rest) || !isWrittenJob(rest)) return [];
    const isMisspelt = faults.some(({ code, pointer }) => code === 'UNKNOWN_FIELD' && pointer.split('/').length === 2);
    const unsure = isMisspelt || faulty.has('kind') ? new Set([...faulty, 'template', 'vars']) : faulty;
    const asked = (field: string): boolean => Object.hasOwn(rest, field) || !unsure.has(field);
    return this.ruleFaults(rest, this.templateOf(rest)).filter(({ pointer }) => asked(fieldOf(pointer)));
  }

  private templateOf(job: WrittenJob): CheckedTemplate | null {
    if (job.template !== undefined) return this.context.templates.get(inNfc(job.template)) ?? null;
    return runs(job) ? this.only : null;
  }

  private ruleFaults(job: WrittenJob, template: CheckedTemplate | null): ValueFault[] {
    const faults: ValueFault[] = [];
    nameRules(job, faults);
    this.templateRules(job, template, faults);
    if (job.after) parentRules(job, this.context.limits, faults);
    if (job.inputs) {
      this.fileRules('inputs', job.inputs, faults);
      if (runs(job)) faults.push(...fetchFaults(job.inputs, this.context.files));
    }
    if (job.outputs) {
      this.fileRules('outputs', job.outputs, faults);
      placeRules(job, this.context, faults);
    }
    if (job.weight) weightRules(job.weight, faults);
    groupRules(job, faults);
    return faults;
  }

  private templateRules(job: WrittenJob, template: CheckedTemplate | null, faults: ValueFault[]): void {
    if (template) {
      if (runs(job)) placeholderRules(job, template, faults);
      return;
    }
    if (this.isDoubtful(job.template)) return;
    const names = this.templateNames();
    const remedy = templateList(names);
    if (job.template !== undefined) {
      const message = `the header has no template ${shown(job.template)}`;
      const near = didYouMean(job.template, names);
      faults.push({ code: 'UNKNOWN_TEMPLATE', pointer: '/template', message, remedy: near + remedy });
    } else if (runs(job)) {
      const message = 'the job names no template, and the header has not exactly one';
      faults.push({ code: 'MISSING_FIELD', pointer: '/template', message, remedy: `Add "template". ${remedy}` });
    }
  }

  /** Those that are faulty themselves are there too. */
  private templateNames(): string[] {
    const { templates, doubt } = this.context;
    const doubtful = doubt === undefined || doubt.templates === 'all' ? [] : doubt.templates;
    return [...templates.keys(), ...doubtful];
  }

  /** A template that could not be read; without a name, the only one there is. */
  private isDoubtful(template: string | undefined): boolean {
    const doubtful = this.context.doubt?.templates ?? new Set();
    if (doubtful === 'all') return true;
    if (template !== undefined) return doubtful.has(inNfc(template));
    return doubtful.size === 1 && this.context.templates.size === 0;
  }

  private fileRules(field: 'inputs' | 'outputs', uses: readonly FileUse[], faults: ValueFault[]): void {
    uses.forEach((use, index) => {
      if (typeof use !== 'string' || this.context.files.has(use) || this.context.doubt?.files) return;
      const message = `the header has no file ${shown(use)}`;
      const remedy = `${didYouMean(use, this.context.files.keys())}Add it under "files" of the header, or write {"name": ${shown(use)}} here.`;
      faults.push({ code: 'UNKNOWN_FILE', pointer: `/${field}/${index}`, message, remedy });
    });
  }
}

function checkedJob(job: WrittenJob, template: CheckedTemplate | null, { files }: JobContext): CheckedJob {
  const { parents, endedParents } = mergedParents(job.after);
  const kind = job.kind === 'noop' ? 'barrier' : (job.kind ?? 'job');
  return {
    name: inNfc(job.name),
    label: job.label === undefined ? (template?.name ?? kind) : inNfc(job.label),
    template: template?.name ?? '',
    kind,
    group: job.in === undefined ? null : inNfc(job.in),
    parents,
    endedParents,
    spec: specOf(job, files),
    ...(job.blocking !== undefined && { blocking: job.blocking }),
  };
}

/** Barriers and groups never reach a worker, so they need no template. */
const runs = (job: WrittenJob): boolean => job.kind === undefined || job.kind === 'job';

/** Empty parts are left out: a row of each job is kept for years. */
function specOf(job: WrittenJob, files: JobContext['files']): string | null {
  const { params } = job;
  const vars = filled(job.vars);
  const inputs = filled(job.inputs);
  const outputs = filled(job.outputs);
  const tags = filled(job.tags);
  const weight = filled(job.weight);
  const observed = filled(job.observed);
  const any = vars ?? inputs ?? outputs ?? tags ?? weight ?? observed;
  // `params: null` is something: it overrides the params of the template.
  if (any === undefined && params === undefined) return null;
  return JSON.stringify({ vars, params, inputs, outputs, tags, weight, observed, files: placesOf(job, files) });
}

/** What the worker, which does not get the header, has to know of the files that are named there. */
function placesOf(
  { inputs = [], outputs = [] }: WrittenJob,
  files: JobContext['files'],
): Record<string, FileEntry> | undefined {
  if (files.size === 0 || inputs.length + outputs.length === 0) return undefined;
  const named = [...inputs, ...outputs].flatMap((use): [string, FileEntry][] => {
    const entry = typeof use === 'string' ? files.get(use) : undefined;
    return typeof use !== 'string' || entry?.uri === undefined ? [] : [[use, entry]];
  });
  return named.length === 0 ? undefined : Object.fromEntries<FileEntry>(named);
}

function filled<T extends object>(part: T | undefined): T | undefined {
  for (const key in part) if (Object.hasOwn(part, key)) return part;
  return undefined;
}

function nameRules(job: WrittenJob, faults: ValueFault[]): void {
  const ofName = nameFault('the name', job.name);
  if (ofName) faults.push({ ...ofName, pointer: '/name' });
  const ofLabel = job.label === undefined ? null : nameFault('the label', job.label);
  if (ofLabel) faults.push({ ...ofLabel, pointer: '/label' });
}

function placeholderRules(job: WrittenJob, template: CheckedTemplate, faults: ValueFault[]): void {
  const has = (name: string): boolean => job.vars !== undefined && Object.hasOwn(job.vars, name);
  for (const name of template.placeholders) {
    if (!has(name)) faults.push(unresolved(name, `template ${shown(template.name)}`, job));
  }
  if (job.params === undefined) return;
  for (const name of new Set(placeholdersWithin(job.params))) {
    if (!has(name) && !ownPlaceholders.includes(name)) faults.push(unresolved(name, 'params of the job', job));
  }
}

function unresolved(name: string, user: string, job: WrittenJob): ValueFault {
  const vars = Object.keys(job.vars ?? {});
  const known = vars.length === 0 ? 'The job has no vars' : `The job's vars are ${shownList(vars)}`;
  return {
    code: 'UNRESOLVED_PLACEHOLDER',
    pointer: `/vars${step(name)}`,
    message: `{${name}} in the ${user} has no value`,
    remedy: `${known}: add "${name}" to them, or write {{${name}}} if you mean the braces themselves.`,
  };
}

function parentRules({ name, after = [] }: WrittenJob, limits: SizeLimits, faults: ValueFault[]): void {
  if (after.length > limits.parentsOfOneJob) {
    const words = tooManyParents(name, after.length, limits.parentsOfOneJob);
    faults.push({ code: 'TOO_LARGE', pointer: '/after', ...words });
    return;
  }
  after.forEach((item, index) => {
    const parent = typeof item === 'object' ? item.job : item;
    if (typeof parent === 'string' || parent < limits.jobs) return;
    faults.push({ code: 'UNKNOWN_PARENT', pointer: `/after/${index}`, ...unknownPosition(name, parent, null) });
  });
}

/** Which attempt it will be is not known, nor its position here: both are digits, whatever they are. */
function placeRules({ name, vars = {}, outputs = [] }: WrittenJob, context: JobContext, faults: ValueFault[]): void {
  const { files, outputPrefix: prefix = null } = context;
  if (prefix === null) return;
  const values = placeholderValues({ vars, name, attempt: 1, ordinal: 0 });
  outputs.forEach((use, index) => {
    const isNamed = typeof use === 'string';
    const uri = isNamed ? files.get(use)?.uri : use.uri;
    if (uri === undefined) return;
    const place = fillPlaceholders(uri, values);
    const fault = outputFault(place, prefix);
    if (fault === null) return;
    const pointer = `/outputs/${index}${isNamed ? '' : '/uri'}`;
    const message = `the output ${shown(place)} ${fault.why}`;
    if (fault.kind === 'forbidden') faults.push({ code: 'PATH_FORBIDDEN', pointer, message, remedy: plainPath });
    else {
      const remedy = `Write below ${prefix}, or submit to the space whose outputs lie there (\`sluice space ls\`).`;
      faults.push({ code: 'PATH_OUTSIDE_SPACE', pointer, message, remedy });
    }
  });
}

const plainPath = 'Write the path plainly: names and slashes, nothing encoded, no `.` or `..`.';

function weightRules(weight: Readonly<Record<string, number>>, faults: ValueFault[]): void {
  for (const [label, share] of Object.entries(weight)) {
    if (share >= 0) continue;
    const message = `the weight of ${shown(label)} is ${share}`;
    faults.push({ code: 'RANGE', pointer: `/weight${step(label)}`, message, remedy: 'At least 0.' });
  }
}

function groupRules(job: WrittenJob, faults: ValueFault[]): void {
  if (job.kind === 'group' && job.in !== undefined) {
    faults.push({ code: 'GROUP_NESTED', pointer: '/in', ...nestedGroup(job.name) });
  }
  if (job.blocking !== undefined && job.kind !== 'group') {
    const message = 'blocking is a field of groups only';
    faults.push({
      code: 'UNKNOWN_FIELD',
      pointer: '/blocking',
      message,
      remedy: 'Take it away, or set kind to "group".',
    });
  }
}

/** The field of the job that a pointer leads into. */
const fieldOf = (pointer: string): string => pointer.split('/')[1] ?? '';

function nameOf(raw: unknown): string | undefined {
  const name =
    typeof raw === 'object' && raw !== null && Object.hasOwn(raw, 'name') ? (raw as { name: unknown }).name : undefined;
  return typeof name === 'string' ? name : undefined;
}
