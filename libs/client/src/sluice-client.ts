import type {
  ArchiveAnswer,
  ArchivePage,
  AuditEntry,
  AuditPage,
  CancelAnswer,
  CancelRequest,
  ErrorGroups,
  EventPage,
  InvariantVerdict,
  JobAttempts,
  JobFilter,
  JobPage,
  JobView,
  OrderRequest,
  PauseAnswer,
  PauseRequest,
  ResumeRequest,
  PublicEventType,
  RetryAnswer,
  RetryRequest,
  ShareList,
  ShareRemove,
  SharesApply,
  SharesChanged,
  WhyView,
  WorkflowWhy,
  WorkflowPage,
  WorkflowState,
  WorkflowSummary,
  UseReport,
  UseReported,
  WorkflowView,
  WrittenHeader,
} from '#contracts';
import { persevere, type Perseverance } from './back-off.js';
import { DeadLetterCalls } from './dead-letter-calls.js';
import { everyPage } from './every-page.js';
import { FileCalls } from './file-calls.js';
import { HttpConnection, type ConnectionOptions, type HttpRequest } from './http-connection.js';
import { IdentityCalls } from './identity-calls.js';
import { keyedOrder } from './keyed-order.js';
import { LimitCalls } from './limit-calls.js';
import { linesOf } from './lines.js';
import { QuotaCalls } from './quota-calls.js';
import { SiteCalls } from './site-calls.js';
import { SpaceCalls } from './space-calls.js';
import { submitDocument, type SubmitAnswer, type SubmitChunk, type SubmitOptions } from './submit-document.js';

export interface WorkflowFilter {
  /** In the query language. */
  query?: string | undefined;
  name?: string;
  state?: WorkflowState;
}

/** Conditions that an address can carry, some or all in the query language; many ordinals are for a body. */
export type JobConditions = Omit<JobFilter, 'ordinals' | 'except'> & { query?: string | undefined };

export interface EventFilter {
  /** A selector. */
  workflow?: string;
  /** `next` of a page, or a time (RFC 3339). */
  from?: string;
  types?: readonly PublicEventType[];
  limit?: number;
}

export interface AuditFilter {
  subject?: string | undefined;
  action?: string | undefined;
  /** RFC 3339. */
  since?: string | undefined;
  until?: string | undefined;
}

export interface CallOptions {
  signal?: AbortSignal;
}

/** A server that never answered may not be there at all: that is soon said. */
const withStranger = { firstMs: 50, lastMs: 1_000, triesMax: 4 };
/** One that did starts again, or another takes its place: for about 15 s nothing ends that is safe to repeat. */
const withKnown = { ...withStranger, triesMax: 19 };

/**
 * The user's side of a Sluice server, one method a route. A `selector` is a workflow's id, a prefix of it, `last`,
 * `last~N`, a name or a glob of names. All methods throw ProblemError when the server refuses and ServerUnreachable when it is not there.
 */
export class SluiceClient {
  /** Sites and workers. */
  readonly sites: SiteCalls;
  readonly limits: LimitCalls;
  /** Who calls, and tokens. */
  readonly identity: IdentityCalls;
  readonly deadLetters: DeadLetterCalls;
  readonly files: FileCalls;
  readonly spaces: SpaceCalls;
  readonly quotas: QuotaCalls;
  private readonly connection: HttpConnection;

  constructor(options: ConnectionOptions) {
    this.connection = new HttpConnection(options);
    this.sites = new SiteCalls(this.connection, (call) => persevere(this.perseverance, call));
    this.identity = new IdentityCalls(this.connection, (call) => persevere(this.perseverance, call));
    this.limits = new LimitCalls(this.connection, (call) => persevere(this.perseverance, call));
    this.spaces = new SpaceCalls(this.connection, (call) => persevere(this.perseverance, call));
    this.deadLetters = new DeadLetterCalls(this.connection, (call) => persevere(this.perseverance, call));
    this.files = new FileCalls(this.connection, (call) => persevere(this.perseverance, call));
    this.quotas = new QuotaCalls(this.connection, (call) => persevere(this.perseverance, call));
  }

  get url(): string {
    return this.connection.url;
  }

  /** Sends a document and waits until it is sealed or refused. Holds a few chunks at a time. */
  submit(
    document: { header: WrittenHeader; chunks: AsyncIterable<SubmitChunk> },
    options: SubmitOptions = {},
  ): Promise<SubmitAnswer> {
    return submitDocument(this.connection, document, options);
  }

  workflow(selector: string, options: CallOptions = {}): Promise<WorkflowView> {
    return this.read(workflowPath(selector), options);
  }

  /** One page, newest first. */
  workflowPage(
    filter: WorkflowFilter & { limit?: number; cursor?: string },
    options: CallOptions = {},
  ): Promise<WorkflowPage> {
    return this.read(`/api/v1/workflows${query({ ...filter })}`, options);
  }

  /** All that match, newest first, page by page. */
  async *workflows(filter: WorkflowFilter = {}, options: CallOptions = {}): AsyncGenerator<WorkflowSummary> {
    let cursor: string | undefined;
    do {
      const page = await this.workflowPage({ ...filter, limit: 500, cursor }, options);
      yield* page.workflows;
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
  }

  jobPage(
    selector: string,
    filter: JobConditions & { limit?: number; cursor?: string },
    options: CallOptions = {},
  ): Promise<JobPage> {
    return this.read(`${workflowPath(selector)}/jobs${query(jobQuery(filter))}`, options);
  }

  /** Every job that matches, in document order, as it comes from the server: one line each, JobView as JSON text. */
  jobLines(selector: string, filter: JobConditions = {}, options: CallOptions = {}): AsyncGenerator<string> {
    return linesOf(
      this.connection.stream({
        method: 'GET',
        path: `${workflowPath(selector)}/jobs${query(jobQuery(filter))}`,
        headers: { accept: 'application/x-ndjson' },
        signal: options.signal,
      }),
    );
  }

  /**
   * The document, in its normal form: its header, then one job a line in document order, as it comes from the server.
   * @param observed `run`: what this workflow's run came to stands in each job's `observed` (RunObserved)
   */
  documentLines(
    selector: string,
    { observed, signal }: CallOptions & { observed: 'submitted' | 'run' },
  ): AsyncGenerator<string> {
    const path = `${workflowPath(selector)}/document${query({ observed })}`;
    const headers = { accept: 'application/x-ndjson' };
    return linesOf(this.connection.stream({ method: 'GET', path, headers, signal }));
  }

  /** Every job that matches, in document order. */
  async *jobs(selector: string, filter: JobConditions = {}, options: CallOptions = {}): AsyncGenerator<JobView> {
    for await (const line of this.jobLines(selector, filter, options)) yield JSON.parse(line) as JobView;
  }

  /** @param job its ordinal, its name, or `label/name`. */
  why(selector: string, job: string, options: CallOptions = {}): Promise<WhyView> {
    return this.read(`${workflowPath(selector)}/jobs/${encodeURIComponent(job)}/why`, options);
  }

  /** What holds a workflow up, by label and cause. */
  workflowWhy(selector: string, options: CallOptions = {}): Promise<WorkflowWhy> {
    return this.read(`${workflowPath(selector)}/why`, options);
  }

  /** All that an attempt wrote to one of its streams, as it comes. @throws ProblemError 404 log/none, 410 where it is gone */
  attemptLog(
    at: { selector: string; job: string; attempt: number },
    stream: 'stdout' | 'stderr',
  ): AsyncGenerator<Buffer> {
    const job = `${workflowPath(at.selector)}/jobs/${encodeURIComponent(at.job)}`;
    const path = `${job}/attempts/${at.attempt}/log?stream=${stream}`;
    return this.connection.stream({ method: 'GET', path, headers: { accept: '*/*' } });
  }

  /** @param job its ordinal, its name, or `label/name`. */
  async attempts(selector: string, job: string, options: CallOptions = {}): Promise<JobAttempts> {
    const path = `${workflowPath(selector)}/jobs/${encodeURIComponent(job)}/attempts`;
    let all = await this.read<JobAttempts>(path, options);
    while (all.next) {
      const older = await this.read<JobAttempts>(`${path}${query({ cursor: all.next })}`, options);
      all = { ...all, attempts: [...older.attempts, ...all.attempts], next: older.next };
    }
    return all;
  }

  /** A page of failed jobs in groups, most first. */
  errors(
    selector: string,
    filter: JobConditions & { states?: undefined; limit?: number; cursor?: string } = {},
    options: CallOptions = {},
  ): Promise<ErrorGroups> {
    return this.read(`${workflowPath(selector)}/errors${query(jobQuery(filter))}`, options);
  }

  /** Every invariant as it is checked: of one workflow, or of everything. */
  async *verify(selector: string | null, options: CallOptions = {}): AsyncGenerator<InvariantVerdict> {
    const path = selector === null ? '/api/v1/verify' : `${workflowPath(selector)}/verify`;
    const headers = { accept: 'application/x-ndjson' };
    const lines = linesOf(this.connection.stream({ method: 'GET', path, headers, signal: options.signal }));
    for await (const line of lines) yield JSON.parse(line) as InvariantVerdict;
  }

  /** One page of the event log; go on with its `next`. */
  eventPage({ workflow, from, types, limit }: EventFilter, options: CallOptions = {}): Promise<EventPage> {
    return this.read(`/api/v1/events${query({ workflow, from, type: types, limit })}`, options);
  }

  /** Asks for the end of a workflow, or of open jobs that meet every condition: with `more`, ask again. Safe to repeat. */
  cancel(selector: string, order: CancelRequest = {}, options: CallOptions = {}): Promise<CancelAnswer> {
    return this.repeatable(selector, 'cancel', order, options);
  }

  /** Nothing of it, or of what the conditions mean, is leased any more once this returns: with `more`, ask again. Safe to repeat. */
  pause(selector: string, order: PauseRequest = {}, options: CallOptions = {}): Promise<PauseAnswer> {
    return this.repeatable(selector, 'pause', order, options);
  }

  /** Gives back what a pause held. Safe to repeat. */
  resume(selector: string, order: ResumeRequest = {}, options: CallOptions = {}): Promise<PauseAnswer> {
    return this.repeatable(selector, 'resume', order, options);
  }

  /** Ordered once, however often it has to be sent: each call has a key of its own. */
  retry(selector: string, request: RetryRequest, options: CallOptions = {}): Promise<RetryAnswer> {
    return this.repeatable(selector, 'retry', request, options);
  }

  /** Orders that an ended workflow be archived: a transformer does it within a while. Safe to repeat. */
  archive(selector: string, order: OrderRequest = {}, options: CallOptions = {}): Promise<ArchiveAnswer> {
    return this.repeatable(selector, 'archive', order, options);
  }

  /** One page of ended workflows, oldest first. */
  archivePage(
    { archived, limit, cursor }: { archived: boolean; limit: number; cursor?: string | undefined },
    options: CallOptions = {},
  ): Promise<ArchivePage> {
    return this.read(`/api/v1/archive${query({ archived: String(archived), limit, cursor })}`, options);
  }

  /** Orders on record that meet every condition, newest first, page by page. */
  async *audit(filter: AuditFilter = {}, options: CallOptions = {}): AsyncGenerator<AuditEntry> {
    let cursor: string | undefined;
    do {
      const page: AuditPage = await this.read(`/api/v1/audit${query({ limit: 500, cursor, ...filter })}`, options);
      yield* page.entries;
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
  }

  /** The tree of shares. @param under a path: it and all below it */
  async shares(under?: string, options: CallOptions = {}): Promise<ShareList> {
    let halfLifeHours = 0;
    const shares = await everyPage(async (cursor) => {
      const page = await this.read<ShareList>(`/api/v1/shares${query({ under, cursor })}`, options);
      ({ halfLifeHours } = page);
      return { rows: page.shares, next: page.next };
    });
    return { halfLifeHours, shares, next: null };
  }

  /** Makes and changes shares, all of it or nothing. Safe to repeat. */
  applyShares(json: SharesApply, { signal }: CallOptions = {}): Promise<SharesChanged> {
    return persevere({ ...this.perseverance, signal }, () =>
      this.connection.json({ method: 'PUT', path: '/api/v1/shares', json, signal }),
    );
  }

  /** Ordered once, however often it has to be sent. */
  removeShare(json: ShareRemove, { signal }: CallOptions = {}): Promise<SharesChanged> {
    return this.ordered({ method: 'POST', path: '/api/v1/shares/remove', json, signal }, this.perseverance.triesMax);
  }

  /** Counts use outside Sluice, once, however often it has to be sent; a report with a name also when it is called again. */
  reportUse(json: UseReport, { signal }: CallOptions = {}): Promise<UseReported> {
    return this.ordered({ method: 'POST', path: '/api/v1/shares/use', json, signal }, this.perseverance.triesMax);
  }

  /** Closes the connections that are kept open. */
  close(): Promise<void> {
    return this.connection.close();
  }

  private get perseverance(): Perseverance {
    return this.connection.hasAnswered ? withKnown : withStranger;
  }

  /** Only a whole id is sure to mean the same workflow a second later: `last` may be another one by then. */
  private repeatable<T>(selector: string, verb: string, json: unknown, { signal }: CallOptions): Promise<T> {
    const triesMax = wholeId.test(selector) ? this.perseverance.triesMax : 1;
    return this.ordered({ method: 'POST', path: `${workflowPath(selector)}/${verb}`, json, signal }, triesMax);
  }

  /** Each call has a key of its own, the same with every try. */
  private ordered<T>(request: HttpRequest, triesMax: number): Promise<T> {
    const keyed = keyedOrder(request);
    return persevere({ ...this.perseverance, triesMax, signal: request.signal }, () => this.connection.json<T>(keyed));
  }

  private read<T>(path: string, { signal }: CallOptions): Promise<T> {
    return persevere({ ...this.perseverance, signal }, () => this.connection.json<T>({ method: 'GET', path, signal }));
  }
}

const wholeId = /^w-[a-z2-7]{10}$/;

const workflowPath = (selector: string): string => `/api/v1/workflows/${encodeURIComponent(selector)}`;

type QueryValue = string | number | undefined;

/** A filter as a query has it: each condition a parameter that may come more than once. */
function jobQuery(
  filter: JobConditions & { limit?: number; cursor?: string },
): Record<string, QueryValue | QueryValue[]> {
  const { labels, states, reasons, exitCodes, sites, fingerprints, query: text, limit, cursor } = filter;
  return {
    ...{ label: labels, state: states, reason: reasons, exit: exitCodes, site: sites, fingerprint: fingerprints },
    ...{ query: text, limit, cursor },
  };
}

function query(params: Record<string, QueryValue | readonly QueryValue[]>): string {
  const given = new URLSearchParams();
  for (const [key, value] of Object.entries(params))
    for (const each of [value].flat()) if (each !== undefined) given.append(key, String(each));
  const text = given.toString();
  return text === '' ? '' : `?${text}`;
}
