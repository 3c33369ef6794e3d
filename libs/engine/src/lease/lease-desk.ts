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
 * L8  What limits leave no room for stays to be looked at, and is not looked at before there may be room: it keeps nobody
 *     else from being served. Caps are kept by the grant's statement, whatever is known here.
 * L9  Of very many classes a round looks at those whose first rows can be served: for every owner and every kind of worker
 *     as many as are asked for. The others stay hot, and are known by the row that went first when they were looked at.
 * L10 A worker is given what fits in what it says is free, and some work ahead. A class of which nobody who waits could
 *     take anything is not looked at again before somebody asks anew, or something of it or of its limits changes.
 */
import { assignReady, orderReady, type Room, type Slice, type Waiter } from '#core';
import { faultpoint } from '#faultpoint';
import { LeaseRepeated } from '../faults.js';
import type { GrantedJob, LeaseStore, PeekedRow, ReadyClass } from '../ports/lease-store.js';
import type { ShareDesk } from '../share/share-desk.js';
import { ClassCatalogue } from './class-catalogue.js';
import { answerText, emptyAnswer, newsAnswer, sessionOver, type DeskAnswer, type LeaseAsk } from './lease-answer.js';
import { newsOf } from './session-news.js';
import { LimitBook } from './limit-book.js';
import { chooseClasses, lookClassesMax } from './choose-classes.js';
import { notePassed, rowsWithNeeds, waiterOf, type DealtRound } from './pack-round.js';
import { PassedOver } from './passed-over.js';
import { leftovers, planRound, type RoundPlan } from './plan-round.js';
import { ProvenClasses } from './proven-classes.js';
import { partKey, TaskSpecs } from './task-specs.js';
import { ToldWork, type WantedWork } from './told-work.js';
import { WaitingWorkers, type Waiting } from './waiting-workers.js';

/** Puts the rows of one round in the order in which they are served. Every class of a row is known. */
export type RowOrder = (rows: readonly PeekedRow[], classes: Pick<ClassCatalogue, 'get'>) => PeekedRow[];

export interface LeaseDeskOptions {
  store: LeaseStore;
  /** 32 hex characters that nobody can guess. */
  newToken: () => string;
  nowMs: () => number;
  /** The order in which rows are served; `orderReady` if not given. Classes are served in the order of their first row. */
  order?: RowOrder;
  /** Who is served first, and with how much of the room; without it all jobs are one owner's. */
  shares?: ShareDesk;
  /** A task of which nothing can be handed out, since its stored template is none. Told once. */
  onBadTask?: (task: { workflowNo: string; task: number }, cause: unknown) => void;
}

/** Most ready rows of one class looked at in a round. */
const peekRowsMax = 256;
/** Most ready rows looked at in a round, if that leaves each class a few. */
const peekRoundMax = 8_192;
const leastRows = 2;

export class LeaseDesk {
  private readonly workers: WaitingWorkers;
  private readonly work = new ToldWork();
  /** By site: what it was when last looked at. */
  private siteMarks: ReadonlyMap<string, string> = new Map();
  private readonly passed = new PassedOver();
  private readonly proven = new ProvenClasses();
  private readonly catalogue: ClassCatalogue;
  private readonly limits: LimitBook;
  private readonly taskSpecs: TaskSpecs;
  private readonly order: RowOrder;

  constructor(private readonly options: LeaseDeskOptions) {
    this.workers = new WaitingWorkers(options);
    this.catalogue = new ClassCatalogue(options.store);
    this.limits = new LimitBook(options.store);
    this.taskSpecs = new TaskSpecs({ ...options, memoryOf: (id) => this.catalogue.get(id)?.memoryMib ?? null });
    this.order = options.order ?? orderReady;
  }

  /** @see L3 */
  wait(gateway: string, asks: readonly LeaseAsk[]): void {
    for (const ask of asks) if (this.workers.wait(gateway, ask)) this.work.noteChange();
  }

  /** The worker does not wait any more at this gateway; perhaps it does at another. */
  leave(poll: { gateway: string; session: string; requestId: string }): void {
    this.workers.leave(poll);
  }

  /** These classes may have ready jobs. */
  noteReady(classes: Iterable<number>): void {
    this.work.noteReady(classes);
  }

  /** These rows became ready, and nothing else of their classes. */
  noteRows(rows: readonly PeekedRow[]): void {
    this.work.noteRows(rows);
  }

  /** Attempts ended under these limits: there is room again. */
  noteFreed(limits: readonly number[]): void {
    this.work.noteChange();
    this.limits.noteFreed(limits);
  }

  /** Limits were set or removed. */
  noteLimits(): void {
    this.work.noteChange();
    this.limits.expire();
  }

  /** Weights, allocations or use of shares were changed. */
  noteShares(): void {
    this.work.noteChange();
    this.options.shares?.expire();
  }

  /** Forgets what it knows of a session: its state has changed. */
  forgetSession(session: string): void {
    this.work.noteChange();
    this.workers.forgetSession(session);
  }

  /** Forgets what it knows of the sessions of a site: it has changed. */
  forgetSite(site: string): void {
    this.work.noteChange();
    this.workers.forgetSite(site);
  }

  /** Ends an open poll at once to tell its worker what to stop; null when the session does not wait here. */
  interrupt(session: string, kill: { job: string; attempt: number }[]): DeskAnswer | null {
    const waiting = this.workers.take(session);
    if (!waiting) return null;
    const { requestId } = waiting.ask;
    return { gateway: waiting.gateway, session, requestId, status: 200, body: newsAnswer(waiting.ask, { kill }) };
  }

  get waiters(): number {
    return this.workers.size;
  }

  /** Finds classes whose hint was lost, and forgets who does not wait any more. Not while serve() is under way. @see L4 */
  async sweep(): Promise<void> {
    this.workers.forgetSilent();
    this.proven.keep(this.workers.sessions);
    if (this.workers.size === 0) return;
    this.work.noteChange(); // others may be known to be short by now
    this.noteReady(await this.options.store.readyClasses());
    await this.lookAtSites();
    this.limits.expire();
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
    const since = this.work.moment;
    const round = this.workers.all();
    const answers = await this.answerRepeated(round);
    await this.workers.learn(round);
    answers.push(...this.turnAway(round), ...this.tellSites(round));
    const able = round.filter((waiting) => this.workers.waits(waiting) && this.workers.isLive(waiting.ask.session));
    if (able.length > 0) await this.limits.learn();
    const wanted = await this.wanted(able);
    const looks = wanted.classes.length + wanted.rows.length > 0;
    const granted = looks ? await this.grantRound({ able, since }, wanted) : { answers: [], tried: false };
    answers.push(...granted.answers);
    return { answers, more: granted.tried && this.workers.size > 0 && !this.work.isEmpty };
  }

  /** @see L2 */
  private async answerRepeated(round: Waiting[]): Promise<DeskAnswer[]> {
    const repeated = round.filter(({ ask }) => ask.again);
    if (repeated.length === 0) return [];
    const jobs = await this.options.store.replay(repeated.map(({ ask }) => ask));
    for (const { ask } of repeated) ask.again = false; // looked up: from here on it waits like any other
    return this.answer(repeated, jobs);
  }

  /** Sessions that are over are told so: their workers register anew. */
  private turnAway(round: Waiting[]): DeskAnswer[] {
    const over = round.filter(({ ask }) => {
      const state = this.workers.session(ask.session)?.state;
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
      const session = this.workers.session(ask.session);
      if (!session || !this.workers.waits(waiting)) return [];
      const news = newsOf(session, { isIdle: ask.idle === true });
      if (!news) return [];
      this.leave({ gateway, ...ask });
      const body = newsAnswer(ask, news);
      return { gateway, session: ask.session, requestId: ask.requestId, status: 200, body };
    });
  }

  /** Classes worth a look and rows that are known: somebody who waits may run them. */
  private async wanted(able: Waiting[]): Promise<WantedWork> {
    if (able.length === 0 || this.work.isEmpty) return { classes: [], rows: [] };
    await this.options.shares?.refresh();
    await this.catalogue.learn(this.work.classes());
    const kinds = new Map(able.map(({ ask }) => [this.fitting(ask), this.workers.siteOf(ask)]));
    const { classes, rows } = this.work.wanted((classId) =>
      [...kinds].some(([ids, site]) => ids.has(classId) && this.hasRoom(classId, site)),
    );
    return { classes: classes.length <= lookClassesMax ? classes : this.choose(classes, able), rows };
  }

  /** Of very many classes those whose turn it is, and of these the ones that go first: the others stay hot. @see L9 */
  private choose(classes: number[], able: Waiting[]): number[] {
    const demands = new Map<ReadonlySet<number>, number>();
    for (const { ask } of able) demands.set(this.fitting(ask), (demands.get(this.fitting(ask)) ?? 0) + ask.max);
    const turns = this.options.shares?.choose(classes, demands, this.catalogue) ?? classes;
    if (turns.length <= lookClassesMax) return turns;
    const heads = this.order(
      turns.flatMap((id) => this.work.headOf(id) ?? []),
      this.catalogue,
    );
    const kinds = [...demands].map(([fitting, jobs]) => ({ classes: fitting, jobs }));
    const unknown = turns.filter((id) => this.work.headOf(id) === null);
    return [...unknown, ...chooseClasses(heads, kinds, (id) => this.catalogue.get(id))];
  }

  /** The row that goes first whosever it is, now and then. @see H4 */
  private async oldest(able: Waiting[]): Promise<PeekedRow | null> {
    const { shares, store } = this.options;
    if (!shares?.oldestIsDue) return null;
    const fitting = new Set(able.flatMap(({ ask }) => [...this.fitting(ask)]));
    return store.oldest(shares.allowed(fitting, this.catalogue));
  }

  private assign(
    waiters: Waiter[],
    rows: PeekedRow[],
    { oldest, room }: { oldest: PeekedRow | null; room: Room | null },
  ): Slice[] {
    const { shares } = this.options;
    return shares
      ? shares.assign(waiters, rows, { known: this.catalogue, oldest, room })
      : assignReady(waiters, rows, room);
  }

  private hasRoom(classId: number, site: string): boolean {
    const readyClass = this.catalogue.get(classId);
    return readyClass !== undefined && this.limits.full(readyClass, site).length === 0;
  }

  private fitting(ask: LeaseAsk): ReadonlySet<number> {
    const session = this.workers.session(ask.session);
    return session ? this.catalogue.fitting(session.offer) : new Set();
  }

  /**
   * What was to be handed out and was not is looked at again. @returns the answers, and whether a grant was tried: if it
   * gave nothing, what was told was old, or a session is over, and the next round knows.
   */
  private async grantRound(
    { able, since }: { able: Waiting[]; since: number },
    wanted: WantedWork,
  ): Promise<{ answers: DeskAnswer[]; tried: boolean }> {
    try {
      const jobsWanted = able.reduce((sum, { ask }) => sum + ask.max, 0);
      const rowsOfRound = Math.max(leastRows, Math.floor(peekRoundMax / (wanted.classes.length + 1)));
      const rowsMax = Math.min(peekRowsMax, rowsOfRound, Math.ceil(jobsWanted / 100) + 4);
      const oldest = await this.oldest(able);
      const rows = await this.withNeeds(await this.look(wanted, rowsMax, oldest), able);
      const waiters = able.map(({ ask }) => this.waiterOf(ask));
      const sites = able.map(({ ask }) => this.workers.siteOf(ask));
      const room = await this.limits.roomFor(this.classesOf(rows), sites, jobsWanted);
      const slices = this.assign(waiters, rows, { oldest, room });
      const given = new Set(slices.map(({ row }) => rows[row]?.classId));
      for (const head of leftovers(rows, slices, rowsMax)) {
        if (this.work.putBack(head) && !given.has(head.classId)) this.work.passOver(head.classId, { since });
      }
      this.notePassed({ waiters, rows, slices });
      const charged = room !== null && slices.some(({ waiter, row }) => this.isCharged(rows[row], sites[waiter]));
      const limits = this.limits.known(charged);
      const plan = planRound({ able, rows, slices }, { limits, newToken: this.options.newToken });
      // Nothing was there, or limits kept all of it back that was looked at: others may be given what was not.
      const tried = rows.length === 0 || this.work.classCount > lookClassesMax;
      if (plan.workers.length === 0) return { answers: [], tried };
      return { answers: await this.grant(plan), tried: true };
    } catch (fault) {
      this.noteReady([...wanted.classes, ...wanted.rows.map((row) => row.classId)]);
      throw fault;
    }
  }

  /** One whose session was forgotten while we looked gets nothing in this round. */
  private waiterOf(ask: LeaseAsk): Waiter {
    const session = this.workers.session(ask.session);
    if (!session) return { classes: new Set(), max: 0 };
    const { offer } = session;
    return waiterOf(ask, { offer, classes: this.fitting(ask), proven: this.proven.of(ask.session) });
  }

  /** Where somebody must be gone some time it matters how long jobs take before the first is handed out. */
  private async withNeeds(rows: readonly PeekedRow[], able: readonly Waiting[]): Promise<PeekedRow[]> {
    if (able.some(({ ask }) => ask.free.walltimeLeftSec !== null)) await this.taskSpecs.learnUsual(rows);
    const nowMs = this.options.nowMs();
    return rowsWithNeeds(rows, {
      classOf: (id) => this.catalogue.get(id),
      usualMs: (row) => this.taskSpecs.usualMs(row),
      isDue: (classId) => this.passed.isDue(classId, nowMs),
    });
  }

  private notePassed(dealt: DealtRound): void {
    const leafOf = ({ classId }: PeekedRow): number => this.catalogue.get(classId)?.shareId ?? 0;
    notePassed(dealt, this.passed, { leafOf, nowMs: this.options.nowMs() });
  }

  private classesOf(rows: readonly PeekedRow[]): ReadyClass[] {
    return [...new Set(rows.map((row) => row.classId))].flatMap((id) => this.catalogue.get(id) ?? []);
  }

  private isCharged(row: PeekedRow | undefined, site = ''): boolean {
    const readyClass = row && this.catalogue.get(row.classId);
    return readyClass !== undefined && this.limits.charged(readyClass, site).length > 0;
  }

  private async grant(plan: RoundPlan<Waiting>): Promise<DeskAnswer[]> {
    const classes = plan.rows.map((row) => row.classId);
    try {
      const jobs = await this.options.store.grant(plan);
      faultpoint('broker.afterLeaseBeforeReply');
      this.options.shares?.noteGranted(plan, this.catalogue);
      this.proven.note(plan);
      if (jobs.length < plan.jobs) {
        this.noteReady(classes); // not all could be had: look again, also at the limits
        this.limits.expire();
      }
      return await this.answer(plan.waiting, jobs);
    } catch (fault) {
      this.limits.expire(); // what was counted down was not handed out
      if (!(fault instanceof LeaseRepeated)) throw fault;
      this.noteReady(classes);
      for (const { ask } of plan.waiting) ask.again = true;
      return this.answerRepeated(plan.waiting);
    }
  }

  /** Hints that come while we look put their classes and rows back. */
  private async look(wanted: WantedWork, rowsMax: number, oldest: PeekedRow | null): Promise<PeekedRow[]> {
    const { classes, rows } = wanted;
    this.work.take(wanted);
    const peeked = classes.length > 0 ? await this.options.store.peek(classes, rowsMax) : [];
    const found = new Map([...rows, ...peeked, ...(oldest ? [oldest] : [])].map((row) => [row.id, row]));
    return this.order(
      [...found.values()].filter((row) => !this.taskSpecs.isBad(row)),
      this.catalogue,
    );
  }

  /** Answers those who got jobs; the others go on waiting. */
  private async answer(asked: Waiting[], jobs: GrantedJob[]): Promise<DeskAnswer[]> {
    await this.catalogue.learn(new Set(jobs.map((job) => job.classId)));
    const tasks = await this.taskSpecs.texts(new Map(jobs.map((job) => [partKey(job), job])));
    const byWorker = new Map<number, GrantedJob[]>();
    for (const job of jobs) {
      const own = byWorker.get(job.worker) ?? [];
      byWorker.set(job.worker, own);
      if (tasks.has(partKey(job))) own.push(job); // L6: else its worker's count will tell
    }
    const unlucky = asked.filter((_, position) => !byWorker.has(position));
    for (const { ask } of unlucky) this.workers.forgetSession(ask.session); // perhaps not alive any more: look again
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
