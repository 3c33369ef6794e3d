/**
 * Checks one document whole: each job by itself, and what needs the others (twins, parents, groups, cycles, counts,
 * limits), which the seal of an upload finds in the same way and says in the same words.
 * C1: memory is bounded by the limits of a document: that of DagBuilder, and the jobs of one pack.
 * C2: a fault is told once. What follows from a fault that is told (a parent whose line cannot be read) is not a fault.
 * C3: jobs count by their position even when they are faulty, so that positions mean what their author meant.
 */
import {
  countMismatches,
  noJobs,
  overLimit,
  type DocumentCounts,
  type DocumentError,
  type DocumentHeader,
  type SizeLimits,
} from '#contracts';
import {
  DagBuilder,
  packJobs,
  readOutsideNames,
  readPack,
  type CheckedJob,
  type DagFault,
  type DagResult,
} from '#core';
import type { CheckedHeader } from '../checked-header.js';
import { checkHeader } from '../header.js';
import { JobChecker } from '../job-checker.js';
import type { RawJob } from '../job-line.js';
import { edgesOf } from '../parents.js';
import type { OpenDocument } from '../open-document.js';
import { FoundErrors } from './found-error.js';
import { placeOf } from './place.js';
import { nameOf, salvagedJob } from './salvaged-job.js';
import { UnreadableJobs } from './unreadable-jobs.js';

/** What a good document holds. */
export interface DocumentSummary extends DocumentCounts {
  name: string;
  format: OpenDocument['format'];
  /** Different labels, that of the final job too. */
  labels: number;
  /** Jobs on the longest way through the graph, groups and barriers too. */
  depth: number;
  hasFinal: boolean;
}

/** Jobs of one pack: they are held at once. */
export const packJobsMax = 5_000;

/** Faults of the graph that are kept for the list: the first of them in order of the document are told. */
const graphFaultsMax = 1_000;

export class DocumentCheck {
  readonly errors = new FoundErrors();
  readonly unreadable = new UnreadableJobs();
  private readonly limits: SizeLimits;
  private readonly header: CheckedHeader | null;
  private readonly said: Partial<DocumentHeader>;
  private readonly checker: JobChecker | null;
  private readonly builder: DagBuilder;
  private readonly labels = new Set<string>();
  private pack: CheckedJob[] = [];
  private packs = 0;
  private jobsIn = 0;
  private edgesIn = 0;
  private faultyJobs = 0;

  /** @param options.collided see DagBuilder */
  constructor(
    private readonly document: OpenDocument,
    { limits, collided }: { limits: SizeLimits; collided: ReadonlyMap<string, number> },
  ) {
    this.limits = limits;
    const checked = checkHeader(document.header, limits);
    this.header = 'header' in checked ? checked.header : null;
    this.said = this.header?.document ?? {};
    const context = 'header' in checked ? checked.header : checked.context;
    this.checker = context && new JobChecker(context);
    if ('refusal' in checked) this.addHeader(checked.refusal.errors, checked.refusal.counts);
    if (document.unrunnable) this.addHeader(document.unrunnable.errors, document.unrunnable.counts);
    this.builder = new DagBuilder(sizeAtFirst, { ...limits, faultsListed: graphFaultsMax }, collided);
  }

  get jobs(): number {
    return this.jobsIn;
  }

  /** Nothing of the jobs can be judged: the header says nothing that they could be checked against. */
  get isHopeless(): boolean {
    return this.checker === null;
  }

  /** @returns false when the document is over a limit and need not be read on */
  add(jobs: readonly RawJob[]): boolean {
    for (const raw of jobs) this.addJob(raw);
    const { jobs: jobsMax, edges: edgesMax } = this.limits;
    if (this.jobsIn > jobsMax) return this.stop(overLimit('jobs', jobsMax));
    if (this.edgesIn > edgesMax) return this.stop(overLimit('edges', edgesMax));
    return true;
  }

  /** Ends the reading with an error of the text. */
  stop(...errors: DocumentError[]): false {
    this.errors.add(Infinity, ...errors);
    this.unreadable.addRest();
    return false;
  }

  /** Looks at the whole, after the last job. Call it once. @returns faults of the graph, counted but not listed yet */
  finish(): { summary: DocumentSummary } | { faults: DagFault[] } {
    this.addPack();
    const result: DagResult = this.builder.finish();
    if (this.jobsIn === 0 && !this.isHopeless && !this.unreadable.restIsMissing) this.errors.add(-1, noJobs);
    if (!result.dag && 'edges' in result) this.errors.add(-1, overLimit('edges', this.limits.edges));
    this.checkCounts();
    if (!result.dag) return { faults: this.countFaults(result) };
    if (!this.errors.isEmpty || !this.header) return { faults: [] };
    return { summary: this.summary(this.header, result.dag.depth()) };
  }

  /** See DagBuilder.nearest(). */
  nearest(name: string): string | null {
    return this.builder.nearest(name);
  }

  private addHeader(errors: readonly DocumentError[], counts: Readonly<Record<string, number>>): void {
    for (const error of errors) {
      const where = placeOf(this.document, { ordinal: -1, pointer: error.where });
      this.errors.list({ ordinal: -1, error: { ...error, where } });
    }
    for (const [code, times] of Object.entries(counts)) this.errors.count(code as DocumentError['code'], times);
  }

  private addJob(raw: RawJob): void {
    const ordinal = this.jobsIn++;
    const job = 'errors' in raw ? this.unreadJob(raw, ordinal) : this.checkedJob(raw, ordinal);
    this.edgesIn += edgesOf(job);
    this.pack.push(job);
    if (this.pack.length >= packJobsMax) this.addPack();
  }

  private checkedJob(raw: Extract<RawJob, { value: unknown }>, ordinal: number): CheckedJob {
    const job = this.checker?.check(raw.value, '') ?? [];
    if (!Array.isArray(job)) {
      this.labels.add(job.label);
      return job;
    }
    this.faultyJobs++;
    this.addErrors(job, raw, ordinal);
    if (nameOf(raw.value) === null) this.unreadable.add(raw.text ?? JSON.stringify(raw.value) ?? '');
    return salvagedJob(raw.value, ordinal, this.limits);
  }

  private unreadJob(raw: Extract<RawJob, { errors: unknown }>, ordinal: number): CheckedJob {
    this.faultyJobs++;
    this.errors.add(ordinal, ...raw.errors);
    const value = lenientlyParsed(raw.text);
    // A key that stands twice hides nothing else; any other fault of the text would be told again as one of the job.
    const isClear = value !== undefined && raw.errors.every(({ code }) => code === 'DUPLICATE_KEY');
    const job = isClear ? this.checker?.check(value, '') : null;
    if (Array.isArray(job)) this.addErrors(job, { where: raw.where, value, text: raw.text ?? null }, ordinal);
    if (raw.text === undefined) this.unreadable.addRest();
    else if (nameOf(value) === null) this.unreadable.add(raw.text);
    return salvagedJob(value, ordinal, this.limits);
  }

  /** @param errors their places are pointers inside the job */
  private addErrors(errors: readonly DocumentError[], raw: RawJob, ordinal: number): void {
    const told = new Set<string>();
    for (const error of errors) {
      // A bad name is also a bad text: one fault of one thing.
      const key = `${error.code} ${error.where}`;
      if (told.has(key)) continue;
      told.add(key);
      const wanted = this.errors.wants(error.code);
      this.errors.count(error.code);
      if (!wanted) continue;
      const where = placeOf(this.document, { ordinal, pointer: error.where, raw });
      this.errors.list({ ordinal, error: { ...error, where } });
    }
  }

  private addPack(): void {
    if (this.pack.length === 0) return;
    const { bytes } = packOf(this.pack, this.packs);
    this.builder.add(this.packs++, readPack(bytes));
    this.pack = [];
  }

  private checkCounts(): void {
    // Where jobs are missing for a reason that was told, or could not be read, their number says nothing.
    if (this.unreadable.restIsMissing || this.jobsIn === 0) return;
    const found = { jobCount: this.jobsIn, edgeCount: this.edgesIn };
    const mismatches = countMismatches(this.said, found);
    const sure = this.faultyJobs === 0 ? mismatches : mismatches.filter(({ where }) => where === '/jobCount');
    for (const error of sure) {
      const where = placeOf(this.document, { ordinal: -1, pointer: error.where });
      this.errors.add(-1, { ...error, where });
    }
  }

  private countFaults(result: Extract<DagResult, { dag: null }>): DagFault[] {
    if (!('faults' in result)) return [];
    for (const [code, times] of Object.entries(result.counts)) this.errors.count(code as DagFault['code'], times);
    return result.faults;
  }

  private summary({ document, final }: CheckedHeader, depth: number): DocumentSummary {
    if (final) this.labels.add(final.job.label);
    const { labels, jobsIn, edgesIn } = this;
    return {
      name: document.name,
      format: this.document.format,
      jobCount: jobsIn,
      edgeCount: edgesIn,
      labels: labels.size,
      depth,
      hasFinal: final !== null,
    };
  }
}

/** Grows as jobs come. */
const sizeAtFirst = { jobs: 65_536, refs: 131_072 };

/** The pack that a document's check makes of some of its jobs. */
export function packOf(jobs: readonly CheckedJob[], packNo: number): ReturnType<typeof packJobs> {
  return packJobs({ firstOrdinal: packNo * packJobsMax, jobs, tasks: jobs.map(() => 0) });
}

/** The outside names of such a pack, by their index. */
export const outsideNamesOf = (jobs: readonly CheckedJob[], packNo: number): string[] =>
  readOutsideNames(readPack(packOf(jobs, packNo).bytes));

/** What stands in a line, although it may not stand so. */
function lenientlyParsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}
