/**
 * Owns the way of ended attempts to the engine: gathers them, has them written to the journal, sends them, and lets go
 * of them when they are settled.
 *
 * T1  A lone end is written and sent at once. What ends while the disk or two reports are busy goes together.
 * T2  No batch is sent before the journal has it, and every end is in the journal within about a second, also while the
 *     gateway is away.
 * T3  `accepted` is not the end: only verdicts let go of a batch. One that has none after `resendMs` is sent again, same id.
 * T4  A verdict of stale or duplicate is counted and logged. It never stops anything.
 */
import type { BatchVerdicts, ReportAnswer } from '#contracts';
import { ProblemError } from '#client';
import { faultpoint } from '#faultpoint';
import type { EndedAttempt } from './ended-attempt.js';
import { Gateway, isSessionRefusal } from './gateway.js';
import type { Journal, JournalBatch } from './journal.js';
import type { SessionGrant } from './leased-job.js';
import type { Session } from './session.js';
import { terminalBatches, type BuiltBatch } from './terminal-batches.js';
import type { WorkerLog } from './worker-log.js';

/** Events of one partition that make a report worth sending while others are under way. */
const fullEvents = 1_000;
/** Reports under way at which small ones wait for company, and at which all wait. */
const lonelyReportsMax = 2;
const reportsMax = 8;
/** Longest time that an end waits for company before it is written to the journal. */
const gatherMsMax = 1_000;
/**
 * Unsettled ends, text and batches at which the worker asks for no more work: a worker that is faster than the engine must
 * not pile up a queue that takes longer to settle than it takes to be sent again.
 */
const unsettledEndsMax = 8_000;
const unsettledCharsMax = 64 * 1024 * 1024;
const unsettledBatchesMax = 900;

interface Unsettled {
  readonly batchId: string;
  readonly text: string;
  token: string;
  /** Null for a batch of an earlier worker. */
  readonly grant: SessionGrant | null;
  readonly keys: readonly string[];
  /** When it was accepted last (performance.now), null while it is waiting or under way. */
  acceptedAtMs: number | null;
}

interface Outlet {
  readonly grant: SessionGrant;
  readonly partition: number;
  ended: EndedAttempt[];
}

/** What became of events so far. */
export interface ReportCounts {
  applied: number;
  duplicate: number;
  stale: number;
  refused: number;
}

export class Reporter {
  readonly counts: ReportCounts = { applied: 0, duplicate: 0, stale: 0, refused: 0 };
  private readonly outlets = new Map<string, Outlet>();
  private readonly unsettled = new Map<string, Unsettled>();
  private readonly toSend: Unsettled[] = [];
  private unsettledChars = 0;
  private unsettledEnds = 0;
  private underWay = 0;
  private pending = 0;
  private fullest = 0;
  private writing = false;
  private scheduled = false;
  private gatherTimer: NodeJS.Timeout | null = null;
  private onSettled: () => void = () => undefined;

  constructor(
    private readonly gateway: Gateway,
    private readonly session: Session,
    private readonly journal: Journal,
    private readonly log: WorkerLog,
    private readonly ended: AbortSignal,
    private readonly resendMs: number,
  ) {}

  /** True: results pile up faster than they are settled, so ask for no more work. */
  get crowded(): boolean {
    return (
      this.unsettledEnds + this.pending > unsettledEndsMax ||
      this.unsettledChars > unsettledCharsMax ||
      this.unsettled.size > unsettledBatchesMax
    );
  }

  /** True when every end was settled. */
  get idle(): boolean {
    return this.pending === 0 && this.unsettled.size === 0 && !this.writing;
  }

  /** Batches of an earlier worker that are not settled yet. */
  get leftovers(): number {
    return Array.from(this.unsettled.values()).filter(({ grant }) => grant === null).length;
  }

  /** Batches that wait for verdicts, oldest first. */
  awaited(): string[] {
    const accepted = Array.from(this.unsettled.values()).filter(({ acceptedAtMs }) => acceptedAtMs !== null);
    return accepted.slice(0, 1_000).map(({ batchId }) => batchId);
  }

  /** Called after every settled batch. */
  whenSettled(callback: () => void): void {
    this.onSettled = callback;
  }

  /** Reports again what an earlier worker left in the journal. */
  adopt(leftovers: readonly JournalBatch[]): void {
    for (const batch of leftovers) this.enter({ ...batch, grant: null, keys: [] });
    if (leftovers.length > 0) this.log('info', 'journal.replayed', { batches: leftovers.length });
    this.sendMore();
  }

  add(ended: EndedAttempt): void {
    const { grant } = ended.job.lease;
    const { partition } = ended.job.task.facts;
    const key = `${grant.session}/${partition}`;
    let outlet = this.outlets.get(key);
    if (outlet === undefined) this.outlets.set(key, (outlet = { grant, partition, ended: [] }));
    this.fullest = Math.max(this.fullest, outlet.ended.push(ended));
    this.pending += 1;
    this.schedule();
  }

  /** T3. Cheap: call it with every heartbeat. */
  resendOverdue(nowMs: number): void {
    for (const batch of this.unsettled.values()) {
      if (batch.acceptedAtMs === null || nowMs - batch.acceptedAtMs < this.resendMs) continue;
      batch.acceptedAtMs = null;
      this.toSend.push(batch);
    }
    this.sendMore();
  }

  verdicts(verdicts: BatchVerdicts): void {
    const batch = this.unsettled.get(verdicts.batchId);
    if (batch === undefined) return;
    const duplicate = verdicts.duplicate.length;
    const stale = verdicts.stale.length;
    this.counts.applied += verdicts.events - duplicate - stale;
    this.counts.duplicate += duplicate;
    this.counts.stale += stale;
    if (duplicate + stale > 0) this.log('warn', 'batch.not-all-applied', { batchId: batch.batchId, duplicate, stale }); // T4
    this.letGo(batch);
  }

  /** Waits for the end of this turn, so that jobs that end together go together. */
  private schedule(): void {
    if (this.scheduled || this.writing) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.writeWhenDue();
    });
  }

  private writeWhenDue(): void {
    if (this.writing || this.pending === 0) return;
    if (this.underWay < lonelyReportsMax || (this.fullest >= fullEvents && this.underWay < reportsMax))
      void this.write(); // T1
    else this.gatherTimer ??= setTimeout(() => void this.write(), gatherMsMax); // T2
  }

  /** One turn of building, journal and sending; again at once when more has come. */
  private async write(): Promise<void> {
    if (this.gatherTimer !== null) clearTimeout(this.gatherTimer);
    this.gatherTimer = null;
    if (this.writing) return;
    this.writing = true;
    const built = this.takeBuilt();
    for (const batch of built) this.enter(batch);
    await Promise.all(built.map((batch) => this.journal.append(batch))); // T2, and J5 when the disk fails
    this.writing = false;
    this.sendMore();
    this.writeWhenDue();
  }

  private takeBuilt(): BuiltBatch[] {
    const full = Array.from(this.outlets.values());
    this.outlets.clear();
    this.pending = 0;
    this.fullest = 0;
    return full.flatMap(({ grant, partition, ended }) => terminalBatches(grant, partition, ended));
  }

  private enter(batch: Omit<Unsettled, 'acceptedAtMs'>): void {
    const unsettled: Unsettled = { ...batch, acceptedAtMs: null };
    this.unsettled.set(batch.batchId, unsettled);
    this.unsettledChars += batch.text.length;
    this.unsettledEnds += batch.keys.length;
    this.toSend.push(unsettled);
  }

  private sendMore(): void {
    if (this.writing) return;
    while (this.underWay < reportsMax) {
      const batch = this.toSend.shift();
      if (batch === undefined) return;
      this.underWay += 1;
      void this.send(batch);
    }
  }

  private async send(batch: Unsettled): Promise<void> {
    try {
      faultpoint('worker.beforeReport');
      const answer = await this.gateway.call(() => this.gateway.api.report(batch.text, batch.token), this.ended);
      faultpoint('worker.afterReportBeforeReply');
      this.answered(batch, answer);
    } catch (fault) {
      await this.refused(batch, fault);
    } finally {
      this.underWay -= 1;
    }
    this.sendMore();
    this.writeWhenDue();
  }

  private answered(batch: Unsettled, answer: ReportAnswer): void {
    if (answer.verdicts !== null) this.verdicts({ ...answer.verdicts, batchId: batch.batchId });
    else if (answer.state === 'settled') this.letGo(batch);
    else batch.acceptedAtMs = performance.now();
  }

  /** After the worker's end nothing matters: the journal has the batch. */
  private async refused(batch: Unsettled, fault: unknown): Promise<void> {
    if (this.ended.aborted) return;
    if (isSessionRefusal(fault)) return this.sendWithNewToken(batch, fault);
    if (!(fault instanceof ProblemError)) throw fault;
    const { code, detail } = fault;
    this.log('error', 'batch.refused', { batchId: batch.batchId, code, detail, next: 'its jobs are given out anew' });
    this.counts.refused += batch.keys.length;
    this.letGo(batch);
  }

  /** The lease tokens inside are what counts; the session's token only opens the door. */
  private async sendWithNewToken(batch: Unsettled, fault: unknown): Promise<void> {
    const current = this.session.grant;
    if (current === null) return;
    if (batch.token !== current.token) batch.token = current.token;
    else batch.token = (await this.session.renewed(current, fault)).token;
    this.toSend.push(batch);
  }

  private letGo(batch: Unsettled): void {
    this.unsettled.delete(batch.batchId);
    this.unsettledChars -= batch.text.length;
    this.unsettledEnds -= batch.keys.length;
    for (const key of batch.keys) batch.grant?.held.remove(key);
    this.journal.settled(batch.batchId);
    this.onSettled();
  }
}
