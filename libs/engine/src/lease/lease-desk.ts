/**
 * Owns the workers that wait for work at one broker, and hands them ready jobs. State of jobs and leases is PostgreSQL's;
 * what stands here may be lost at any moment: workers ask again with the same request.
 *
 * L1  One statement answers all who wait. A grant that is not in PostgreSQL was not made.
 * L2  A request is granted once; when it comes again it gets the same jobs, attempts and token.
 * L3  A session waits with one request at a time: its newest.
 * L4  A request that was not heard of for a while is forgotten: gateways repeat those that wait.
 * L5  Nothing polls: a hint names the classes to look at, or the few rows that are all there is to find, a slow sweep finds
 *     what a lost hint hid. What a grant could not have as it was told is looked at.
 * L6  A task whose stored template is none is left out and told; the others are handed out.
 * L7  A worker is answered at once when its site closes, and when it opens: what it knows is told by whether it asks idle.
 */
import { assignReady, orderReady, type Waiter } from '#core';
import { LeaseRepeated } from '../faults.js';
import type { GrantedJob, GrantPlan, LeaseStore, PeekedRow, SessionOffer } from '../ports/lease-store.js';
import { ClassCatalogue } from './class-catalogue.js';
import { answerText, emptyAnswer, newsAnswer, sessionOver, type DeskAnswer, type LeaseAsk } from './lease-answer.js';
import { newsOf } from './session-news.js';
import { TaskSpecs } from './task-specs.js';

interface Wanted {
  classes: number[];
  rows: PeekedRow[];
}

interface Waiting {
  gateway: string;
  ask: LeaseAsk;
  heardAtMs: number;
}

/** Puts the rows of one round in the order in which they are served. Every class of a row is known. */
export type RowOrder = (rows: readonly PeekedRow[], classes: Pick<ClassCatalogue, 'get'>) => PeekedRow[];

export interface LeaseDeskOptions {
  store: LeaseStore;
  /** 32 hex characters that nobody can guess. */
  newToken: () => string;
  nowMs: () => number;
  /** The order in which rows are served; `orderReady` if not given. Classes are served in the order of their first row. */
  order?: RowOrder;
  /** A task of which nothing can be handed out, since its stored template is none. Told once. */
  onBadTask?: (task: { workflowNo: string; task: number }, cause: unknown) => void;
}

/** Most ready rows of one class looked at in a round. */
const peekRowsMax = 256;
/** Most rows remembered from hints; with more, their classes are looked at. */
const freshRowsMax = 256;
/** A session's offer and state are read again after so long, in milliseconds. */
const sessionRefreshMs = 5_000;
/** Gateways repeat an ask every 5 s; one that they did not repeat for so long belongs to a gateway that is gone. */
const forgottenMs = 15_000;

export class LeaseDesk {
  private readonly waiting = new Map<string, Waiting>();
  private readonly sessions = new Map<string, SessionOffer & { readAtMs: number }>();
  /** By site: what it was when last looked at. */
  private siteMarks: ReadonlyMap<string, string> = new Map();
  /** Classes to look at. */
  private readonly hot = new Set<number>();
  /** Rows to hand out unseen, by id: all there is of classes that are not hot. */
  private readonly fresh = new Map<string, PeekedRow>();
  private readonly catalogue: ClassCatalogue;
  private readonly taskSpecs: TaskSpecs;
  private readonly order: RowOrder;

  constructor(private readonly options: LeaseDeskOptions) {
    this.catalogue = new ClassCatalogue(options.store);
    this.taskSpecs = new TaskSpecs(options.store, options.nowMs, options.onBadTask);
    this.order = options.order ?? orderReady;
  }

  /** @see L3 */
  wait(gateway: string, asks: readonly LeaseAsk[]): void {
    const heardAtMs = this.options.nowMs();
    for (const ask of asks) this.waiting.set(ask.session, { gateway, ask, heardAtMs });
  }

  /** The worker does not wait any more at this gateway; perhaps it does at another. */
  leave(poll: { gateway: string; session: string; requestId: string }): void {
    const waiting = this.waiting.get(poll.session);
    if (waiting?.gateway === poll.gateway && waiting.ask.requestId === poll.requestId) {
      this.waiting.delete(poll.session);
    }
  }

  /** These classes may have ready jobs. */
  noteReady(classes: Iterable<number>): void {
    for (const id of classes) this.hot.add(id);
  }

  /** These rows became ready, and nothing else of their classes. */
  noteRows(rows: readonly PeekedRow[]): void {
    for (const row of rows) this.fresh.set(row.id, row);
    if (this.fresh.size <= freshRowsMax) return;
    this.noteReady([...this.fresh.values()].map((row) => row.classId));
    this.fresh.clear();
  }

  /** Forgets what it knows of a session: its state has changed. */
  forgetSession(session: string): void {
    this.sessions.delete(session);
  }

  /** Forgets what it knows of the sessions of a site: it has changed. */
  forgetSite(site: string): void {
    for (const [session, { offer }] of this.sessions) if (offer.site === site) this.sessions.delete(session);
  }

  /** Ends an open poll at once to tell its worker what to stop; null when the session does not wait here. */
  interrupt(session: string, kill: { job: string; attempt: number }[]): DeskAnswer | null {
    const waiting = this.waiting.get(session);
    if (!waiting) return null;
    this.waiting.delete(session);
    const { requestId } = waiting.ask;
    return { gateway: waiting.gateway, session, requestId, status: 200, body: newsAnswer(waiting.ask, { kill }) };
  }

  get waiters(): number {
    return this.waiting.size;
  }

  /** Finds classes whose hint was lost, and forgets who does not wait any more. Not while serve() is under way. @see L4 */
  async sweep(): Promise<void> {
    const oldestMs = this.options.nowMs() - forgottenMs;
    for (const [session, { heardAtMs }] of this.waiting) if (heardAtMs < oldestMs) this.waiting.delete(session);
    for (const [session, { readAtMs }] of this.sessions) if (readAtMs < oldestMs) this.sessions.delete(session);
    if (this.waiting.size === 0) return;
    this.noteReady(await this.options.store.readyClasses());
    await this.lookAtSites();
  }

  /** Finds what a lost hint about a site hid. */
  private async lookAtSites(): Promise<void> {
    const before = this.siteMarks;
    this.siteMarks = await this.options.store.siteMarks();
    for (const [site, mark] of this.siteMarks) if (before.get(site) !== mark) this.forgetSite(site);
  }

  /**
   * One round: answers as many of those who wait as there are ready jobs for.
   * @returns the answers, and whether another round may find more.
   */
  async serve(): Promise<{ answers: DeskAnswer[]; more: boolean }> {
    const round = [...this.waiting.values()];
    const answers = await this.answerRepeated(round);
    await this.learnSessions(round);
    answers.push(...this.turnAway(round), ...this.tellSites(round));
    const able = round.filter(({ ask }) => this.waiting.get(ask.session)?.ask === ask && this.isLive(ask.session));
    const wanted = await this.wanted(able);
    if (wanted.classes.length + wanted.rows.length === 0) return { answers, more: false };
    const granted = await this.grantRound(able, wanted);
    answers.push(...granted.answers);
    return { answers, more: granted.tried && this.waiting.size > 0 && this.hot.size + this.fresh.size > 0 };
  }

  /** @see L2 */
  private async answerRepeated(round: Waiting[]): Promise<DeskAnswer[]> {
    const repeated = round.filter(({ ask }) => ask.again);
    if (repeated.length === 0) return [];
    const jobs = await this.options.store.replay(repeated.map(({ ask }) => ask));
    for (const { ask } of repeated) ask.again = false; // looked up: from here on it waits like any other
    return this.answer(repeated, jobs);
  }

  private async learnSessions(round: Waiting[]): Promise<void> {
    const now = this.options.nowMs();
    const stale = round
      .map(({ ask }) => ask.session)
      .filter((id) => now - (this.sessions.get(id)?.readAtMs ?? -Infinity) > sessionRefreshMs);
    if (stale.length === 0) return;
    for (const id of stale) this.sessions.delete(id);
    for (const session of await this.options.store.sessions(stale)) {
      this.sessions.set(session.id, { ...session, readAtMs: now });
    }
  }

  /** Sessions that are over are told so: their workers register anew. */
  private turnAway(round: Waiting[]): DeskAnswer[] {
    const over = round.filter(({ ask }) => {
      const state = this.sessions.get(ask.session)?.state;
      return state === undefined || state === 'ended' || state === 'lost';
    });
    return over.map(({ gateway, ask }) => {
      this.leave({ gateway, ...ask });
      return { gateway, session: ask.session, requestId: ask.requestId, status: 404, body: sessionOver };
    });
  }

  /** @see L7. A worker that was told to end is told so here too. */
  private tellSites(round: Waiting[]): DeskAnswer[] {
    return round.flatMap((waiting) => {
      const { gateway, ask } = waiting;
      const session = this.sessions.get(ask.session);
      if (!session || this.waiting.get(ask.session) !== waiting) return [];
      const news = newsOf(session, { isIdle: ask.idle === true });
      if (!news) return [];
      this.leave({ gateway, ...ask });
      const body = newsAnswer(ask, news);
      return { gateway, session: ask.session, requestId: ask.requestId, status: 200, body };
    });
  }

  private isLive(session: string): boolean {
    return this.sessions.get(session)?.state === 'live';
  }

  /** Classes worth a look and rows that are known: somebody who waits may run them. */
  private async wanted(able: Waiting[]): Promise<Wanted> {
    if (able.length === 0) return { classes: [], rows: [] };
    await this.catalogue.learn(new Set([...this.hot, ...[...this.fresh.values()].map((row) => row.classId)]));
    for (const [id, { classId }] of this.fresh) if (this.hot.has(classId)) this.fresh.delete(id); // the look finds it
    const rows = [...this.fresh.values()];
    const fitting = [...new Set(able.map(({ ask }) => this.fitting(ask)))];
    const fits = (classId: number): boolean => fitting.some((ids) => ids.has(classId));
    return { classes: [...this.hot].filter(fits), rows: rows.filter((row) => fits(row.classId)) };
  }

  private fitting(ask: LeaseAsk): ReadonlySet<number> {
    const session = this.sessions.get(ask.session);
    return session ? this.catalogue.fitting(session.offer) : new Set();
  }

  /**
   * What was to be handed out and was not is looked at again. @returns the answers, and whether a grant was tried: if it
   * gave nothing, what was told was old, or a session is over, and the next round knows.
   */
  private async grantRound(able: Waiting[], wanted: Wanted): Promise<{ answers: DeskAnswer[]; tried: boolean }> {
    try {
      const jobsWanted = able.reduce((sum, { ask }) => sum + ask.max, 0);
      const rowsMax = Math.min(peekRowsMax, Math.ceil(jobsWanted / 100) + 4);
      const rows = await this.look(wanted, rowsMax);
      const waiters: Waiter[] = able.map(({ ask }) => ({ classes: this.fitting(ask), max: ask.max }));
      const slices = assignReady(waiters, rows);
      this.noteReady(leftovers(rows, slices, rowsMax));
      const plan = this.plan(able, rows, slices);
      if (plan.workers.length === 0) return { answers: [], tried: false };
      return { answers: await this.grant(plan, jobsIn(slices)), tried: true };
    } catch (fault) {
      this.noteReady([...wanted.classes, ...wanted.rows.map((row) => row.classId)]);
      throw fault;
    }
  }

  private async grant(plan: Plan, jobsPlanned: number): Promise<DeskAnswer[]> {
    const classes = plan.rows.map((row) => row.classId);
    try {
      const jobs = await this.options.store.grant(plan);
      if (jobs.length < jobsPlanned) this.noteReady(classes); // not all could be had: look again
      return await this.answer(plan.waiting, jobs);
    } catch (fault) {
      if (!(fault instanceof LeaseRepeated)) throw fault;
      this.noteReady(classes);
      for (const { ask } of plan.waiting) ask.again = true;
      return this.answerRepeated(plan.waiting);
    }
  }

  /** Hints that come while we look put their classes and rows back. */
  private async look({ classes, rows }: Wanted, rowsMax: number): Promise<PeekedRow[]> {
    for (const id of classes) this.hot.delete(id);
    for (const { id } of rows) this.fresh.delete(id);
    const peeked = classes.length > 0 ? await this.options.store.peek(classes, rowsMax) : [];
    const found = [...rows, ...peeked].filter((row) => !this.taskSpecs.isBad(row));
    return this.order(found, this.catalogue);
  }

  private plan(able: Waiting[], rows: PeekedRow[], slices: Slices): Plan {
    const positions = new Map<number, number>();
    const waiting: Waiting[] = [];
    for (const { waiter } of slices) {
      if (positions.has(waiter)) continue;
      positions.set(waiter, waiting.length);
      waiting.push(able[waiter] as Waiting);
    }
    return {
      waiting,
      rows,
      slices: slices.map(({ waiter, ...slice }) => ({ ...slice, worker: positions.get(waiter) ?? -1 })),
      workers: waiting.map(({ ask }) => {
        return { session: ask.session, requestId: ask.requestId, token: this.options.newToken() };
      }),
    };
  }

  /** Answers those who got jobs; the others go on waiting. */
  private async answer(asked: Waiting[], jobs: GrantedJob[]): Promise<DeskAnswer[]> {
    const refs = new Map(jobs.map((job) => [`${job.workflowNo}:${job.task}`, job]));
    const tasks = await this.taskSpecs.texts(refs);
    const byWorker = new Map<number, GrantedJob[]>();
    for (const job of jobs) {
      const own = byWorker.get(job.worker) ?? [];
      byWorker.set(job.worker, own);
      if (tasks.has(`${job.workflowNo}:${job.task}`)) own.push(job); // L6: else its worker's count will tell
    }
    const unlucky = asked.filter((_, position) => !byWorker.has(position));
    for (const { ask } of unlucky) this.sessions.delete(ask.session); // perhaps not alive any more: look again
    return [...byWorker].flatMap(([position, own]) => {
      const waiting = asked[position];
      if (!waiting) return [];
      const { gateway, ask } = waiting;
      this.leave({ gateway, ...ask });
      return {
        gateway,
        session: ask.session,
        requestId: ask.requestId,
        status: 200,
        body: own.length > 0 ? answerText(ask, own, tasks) : emptyAnswer(ask), // its request was granted: it asks anew
      };
    });
  }
}

type Slices = ReturnType<typeof assignReady>;
type Plan = GrantPlan & { waiting: Waiting[] };

const jobsIn = (slices: Slices): number => slices.reduce((sum, { first, last }) => sum + last - first + 1, 0);

/** Classes of which there is more than was handed out: jobs that nobody took, or perhaps rows that were not looked at. */
function leftovers(rows: PeekedRow[], slices: Slices, rowsMax: number): number[] {
  const left = new Map<number, { rows: number; jobs: number }>();
  for (const { classId, jobs } of rows) {
    const seen = left.get(classId) ?? { rows: 0, jobs: 0 };
    left.set(classId, { rows: seen.rows + 1, jobs: seen.jobs + jobs });
  }
  for (const slice of slices) {
    const seen = left.get(rows[slice.row]?.classId ?? -1);
    if (seen) seen.jobs -= slice.last - slice.first + 1;
  }
  return [...left].flatMap(([classId, seen]) => (seen.jobs > 0 || seen.rows >= rowsMax ? [classId] : []));
}
