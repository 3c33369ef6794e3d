/**
 * A gateway in memory behind a real HTTP port: for tests of a worker, and to measure what a worker alone can do.
 * It keeps the protocol's promises - leases idempotent by request, reports fenced by attempt and lease token - and breaks
 * the transport on demand. It knows no dependencies: jobs are simply there.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  LeaseRequest,
  LeaseTask,
  TerminalBatch,
  splitJobId,
  type Resources,
  type BatchVerdicts,
  type HeartbeatAnswer,
  type HeartbeatRequest,
  type LeaseAnswer,
  type LeaseJob,
  type RegisterRequest,
  type SandboxRule,
  type SiteRule,
  type WorkerTerms,
  type SiteState,
  type TerminalEvent,
} from '#contracts';

export type TrialRoute = 'sessions' | 'lease' | 'heartbeat' | 'report' | 'sessions/end' | 'files' | 'logs';

/** `lose-request`: nothing is done. `lose-answer`: all is done, and nobody hears of it. A number: that status. */
export type TrialFault = 'lose-request' | 'lose-answer' | number | null;

export interface TrialOptions {
  /** Asked at each request. */
  fault?: (route: TrialRoute, no: number) => TrialFault;
  /** Whether a report is answered with its verdicts, or they come with a heartbeat. Default `settled`. */
  reports?: 'settled' | 'accepted';
  heartbeatSec?: number;
  cutOffStopSec?: number | null;
  /** Polls wait for jobs for ever, whatever was asked. */
  endlessPolls?: boolean;
  /** What the site of its workers says; default `auto`. */
  sandbox?: SandboxRule;
  port?: number;
}

/** A task of which only what matters is said. */
export type TrialTask = Partial<Omit<LeaseTask, 'resources'>> & { resources?: Partial<Resources> };

interface Grant {
  token: string;
  session: string;
  tasks: LeaseTask[];
  jobs: LeaseJob[];
}

interface Waiting {
  session: string;
  request: LeaseRequest;
  answer: (answer: LeaseAnswer) => void;
  timer: NodeJS.Timeout | undefined;
}

export class TrialGateway {
  readonly requests: Record<TrialRoute, number> = {
    ...{ sessions: 0, lease: 0, heartbeat: 0, report: 0, 'sessions/end': 0, files: 0, logs: 0 },
  };
  readonly registered: RegisterRequest[] = [];
  readonly beats: HeartbeatRequest[] = [];
  readonly leaseRequests: LeaseRequest[] = [];
  readonly verdictCounts = { applied: 0, duplicate: 0, stale: 0 };
  /** First event that was applied of each `job:attempt`; only when `keepEvents`. */
  readonly applied = new Map<string, TerminalEvent>();
  keepEvents = true;
  /** Sent with the next beats' answers. */
  kills: { job: string; attempt: number }[] = [];
  drain = false;
  stop = false;
  listHeld = false;
  /** Told with the next beats; null: nothing is said of them. */
  terms: WorkerTerms | null = null;
  /** By checksum; every session may read them. */
  readonly files = new Map<string, Buffer>();
  /** First bytes that were asked for, in order. */
  readonly filesFrom: number[] = [];
  /** Bytes after which the next answers with a file break off. */
  fileBreaks: number[] = [];
  /** Full logs that came, by `job:attempt`. */
  readonly logs = new Map<string, { sha256: string; stdoutBytes: number; body: Buffer }>();
  logsLeftOut = false;
  private readonly reportedKeys = new Set<string>();
  private siteState: SiteState = 'open';
  private readonly ready: { task: LeaseTask; job: LeaseJob }[] = [];
  private nextReady = 0;
  private readonly leases = new Map<string, Grant>();
  private readonly answers = new Map<string, LeaseAnswer>();
  private readonly open = new Map<string, string>();
  private readonly settled = new Map<string, BatchVerdicts>();
  private readonly sessions = new Map<string, string>();
  private readonly ended = new Set<string>();
  private waiting: Waiting[] = [];
  private server: Server | null = null;
  private made = 0;

  constructor(private readonly options: TrialOptions = {}) {}

  /** @returns its address */
  async listen(): Promise<string> {
    const server = createServer((request, response) => this.serve(request, response));
    server.keepAliveTimeout = 60_000;
    await new Promise<void>((resolve) => server.listen(this.options.port ?? 0, '127.0.0.1', resolve));
    this.server = server;
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const { timer } of this.waiting) clearTimeout(timer);
    const { server } = this;
    server?.closeAllConnections();
    await new Promise((resolve) => (server === null ? resolve(null) : server.close(resolve)));
  }

  /** Makes jobs ready, each with attempt 1. */
  offer(task: TrialTask, jobs: (Partial<LeaseJob> & { ordinal: number })[]): void {
    const whole = LeaseTask.parse({ ...plainTask, ...task });
    for (const job of jobs)
      this.ready.push({ task: whole, job: { task: 0, attempt: 1, name: `job-${job.ordinal}`, ...job } });
    this.answerWaiting();
  }

  /** Grants jobs to those who wait, whatever the site: as a grant that was on its way when the site closed. */
  grantLate(task: TrialTask, jobs: (Partial<LeaseJob> & { ordinal: number })[]): void {
    const state = this.siteState;
    this.siteState = 'open';
    this.offer(task, jobs);
    this.siteState = state;
  }

  /** Ends the open polls without jobs, perhaps to tell what to stop. */
  endPolls(kill?: LeaseAnswer['kill']): void {
    for (const waiting of [...this.waiting]) this.answerEmpty(waiting, kill);
  }

  /** Opens or closes the site of all workers; polls that ask for the other thing end. `quietly`: only beats tell it. */
  setSite(state: SiteState, { quietly = false }: { quietly?: boolean } = {}): void {
    this.siteState = state;
    if (quietly) return;
    for (const waiting of this.waiting.filter(({ request }) => this.isNews(request))) this.answerEmpty(waiting);
    this.answerWaiting();
  }

  /** Forgets all sessions, as a gateway does whose database was restored: every token is refused. */
  forgetSessions(): void {
    this.sessions.clear();
  }

  /** Takes an attempt away from its lease, as granting the job anew does: a report of it is stale from now on. */
  regrant(job: string, attempt: number): void {
    this.open.set(`${job}:${attempt}`, 'another lease');
  }

  /** Attempts that were leased and have not ended. */
  get openAttempts(): string[] {
    return [...this.open.keys()];
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const [route, ...rest] = splitRoute(request.url ?? '');
      this.requests[route] += 1;
      const fault = this.options.fault?.(route, this.requests[route]) ?? null;
      if (fault === 'lose-request') return void request.socket.destroy();
      if (typeof fault === 'number') return reply(response, fault, problem(fault));
      if (route === 'logs') return this.takeLog(rest, Buffer.concat(parts), response);
      if (route === 'files') return this.giveFile(rest.at(-1) ?? '', request.headers.range, response);
      const heard =
        fault === null
          ? (status: number, body: unknown) => reply(response, status, body)
          : () => void request.socket.destroy();
      this.route(
        route,
        { token: (request.headers.authorization ?? '').slice(7), text: Buffer.concat(parts).toString() },
        heard,
      );
    });
  }

  private route(
    route: TrialRoute,
    call: { token: string; text: string },
    answer: (status: number, body: unknown) => void,
  ): void {
    const body: unknown = JSON.parse(call.text);
    if (route === 'sessions') return answer(201, this.register(body as RegisterRequest));
    const session = this.sessions.get(call.token);
    if (session === undefined) return answer(401, problem(401));
    if (this.ended.has(session) && (route === 'lease' || route === 'heartbeat')) return answer(410, problem(410));
    if (route === 'lease') this.lease(session, LeaseRequest.parse(body), (granted) => answer(200, granted));
    else if (route === 'heartbeat') answer(200, this.heartbeat(body as HeartbeatRequest));
    else if (route === 'report')
      answer(200, this.report(this.keepEvents ? TerminalBatch.parse(body) : (body as TerminalBatch)));
    else {
      this.ended.add(session);
      answer(204, null);
    }
  }

  private takeLog([job, attempt, rest = '']: string[], body: Buffer, response: ServerResponse): void {
    const [sha256, stdout = '0'] = rest.split('?stdout=');
    if (this.reportedKeys.has(`${job}:${attempt}`)) return reply(response, 404, problem(404));
    this.logs.set(`${job}:${attempt}`, { sha256: sha256 ?? '', stdoutBytes: Number(stdout), body });
    reply(response, 200, { log: this.logsLeftOut ? 'leftOut' : 'kept' });
  }

  private giveFile(sha256: string, range: string | undefined, response: ServerResponse): void {
    const bytes = this.files.get(sha256);
    if (bytes === undefined) return reply(response, 404, { ...problem(404), code: 'file/gone' });
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    this.filesFrom.push(from);
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': bytes.length - from });
    const breaks = this.fileBreaks.shift();
    if (breaks === undefined) response.end(bytes.subarray(from));
    else response.write(bytes.subarray(from, from + breaks), () => response.destroy());
  }

  private register(request: RegisterRequest) {
    this.registered.push(request);
    const session = String(++this.made);
    const token = `session-token-${session}`;
    this.sessions.set(token, session);
    const { heartbeatSec = 20, cutOffStopSec = null, sandbox } = this.options;
    const site = sandbox === undefined ? undefined : this.site;
    return { session, token, heartbeatSec, suspectSec: 60, orphanSec: 900, cutOffStopSec, site };
  }

  private lease(session: string, request: LeaseRequest, answer: (answer: LeaseAnswer) => void): void {
    this.leaseRequests.push(request);
    const known = this.answers.get(`${session}/${request.requestId}`);
    if (known !== undefined) return answer(known);
    if (this.isNews(request)) return answer({ ...emptyAnswer(request), site: this.site });
    if (this.nextReady < this.ready.length && this.siteState === 'open') return answer(this.grant(session, request));
    const { endlessPolls = false } = this.options;
    const waiting: Waiting = {
      session,
      request,
      answer,
      timer: endlessPolls ? undefined : setTimeout(() => this.answerEmpty(waiting), request.waitSec * 1_000),
    };
    for (const older of this.waiting.filter((one) => one.session === session)) this.answerEmpty(older);
    this.waiting.push(waiting);
  }

  private grant(session: string, request: LeaseRequest): LeaseAnswer {
    const id = String(++this.made);
    const token = `lease-token-${id}`;
    const taken = this.ready.slice(this.nextReady, this.nextReady + request.max);
    this.nextReady += taken.length;
    const tasks = [...new Set(taken.map(({ task }) => task))];
    const jobs = taken.map(({ task, job }) => ({ ...job, task: tasks.indexOf(task) }));
    this.leases.set(id, { token, session, tasks, jobs });
    for (const { task, job } of taken) this.open.set(`${task.workflowNo}:${job.ordinal}:${job.attempt}`, token);
    const answer = { requestId: request.requestId, lease: { id, token }, tasks, jobs };
    this.answers.set(`${session}/${request.requestId}`, answer);
    return answer;
  }

  private answerWaiting(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const one of waiting) {
      if (this.nextReady >= this.ready.length || this.siteState !== 'open') this.waiting.push(one);
      else {
        clearTimeout(one.timer);
        one.answer(this.grant(one.session, one.request));
      }
    }
  }

  private answerEmpty(waiting: Waiting, kill?: LeaseAnswer['kill']): void {
    clearTimeout(waiting.timer);
    this.waiting = this.waiting.filter((one) => one !== waiting);
    const news = this.isNews(waiting.request) ? { site: this.site } : {};
    waiting.answer({ ...emptyAnswer(waiting.request), ...news, ...(kill && { kill }) });
  }

  private get site(): SiteRule {
    return { state: this.siteState, sandbox: this.options.sandbox ?? 'auto' };
  }

  private isNews({ idle = false }: LeaseRequest): boolean {
    return idle === (this.siteState === 'open');
  }

  private heartbeat(beat: HeartbeatRequest): HeartbeatAnswer {
    this.beats.push(beat);
    const verdicts = beat.batches.flatMap((batchId) => this.settled.get(batchId) ?? []);
    const kill = this.kills.splice(0);
    const { drain, stop, site, listHeld, terms } = this;
    return { kill, verdicts, drain, stop, site, listHeld, ...(terms && { terms }) };
  }

  private report(batch: TerminalBatch) {
    const verdicts = this.settled.get(batch.batchId) ?? this.settle(batch);
    const now = (this.options.reports ?? 'settled') === 'settled';
    return { batchId: batch.batchId, state: now ? 'settled' : 'accepted', verdicts: now ? verdicts : null };
  }

  private settle(batch: TerminalBatch): BatchVerdicts {
    const verdicts: BatchVerdicts = { batchId: batch.batchId, events: batch.events.length, duplicate: [], stale: [] };
    batch.events.forEach((event, index) => {
      const verdict = this.verdict(batch, event);
      this.verdictCounts[verdict] += 1;
      if (verdict !== 'applied') verdicts[verdict].push(index);
    });
    this.settled.set(batch.batchId, verdicts);
    return verdicts;
  }

  private verdict(batch: TerminalBatch, event: TerminalEvent): 'applied' | 'duplicate' | 'stale' {
    const key = `${event.job}:${event.attempt}`;
    this.reportedKeys.add(key);
    if (this.applied.has(key)) return 'duplicate';
    const lease = batch.leases[event.lease];
    if (lease === undefined || this.open.get(key) !== lease.token) return 'stale';
    this.open.delete(key);
    if (this.keepEvents) this.applied.set(key, event);
    return 'applied';
  }

  /** Ordinals whose applied end has this outcome. */
  ordinals(outcome: TerminalEvent['outcome']): number[] {
    const ended = [...this.applied.values()].filter((event) => event.outcome === outcome);
    return ended.map((event) => splitJobId(event.job)[1]).sort((a, b) => a - b);
  }
}

function splitRoute(url: string): [TrialRoute, ...string[]] {
  const route = url.replace('/worker/v1/', '');
  const [first = '', ...rest] = route.split('/');
  return first === 'files' || first === 'logs' ? [first, ...rest] : [route as TrialRoute];
}

const emptyAnswer = ({ requestId }: LeaseRequest): LeaseAnswer => ({ requestId, lease: null, tasks: [], jobs: [] });

const plainTask = {
  workflowNo: '1',
  workflow: 'w-aaaaaaaaaa',
  workflowName: 'trial',
  label: 'trial',
  transform: 'noop',
  params: null,
  command: null,
  env: {},
  resources: { cores: 1, memoryMib: 1 },
  partition: 1,
  usualMs: null,
};

const problem = (status: number) => ({ type: 'about:blank', title: `HTTP ${status}`, status, code: `trial/${status}` });

function reply(response: ServerResponse, status: number, body: unknown): void {
  const text = body === null ? '' : JSON.stringify(body);
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
    .end(text);
}
