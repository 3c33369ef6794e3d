/**
 * Owns the sessions' signs of life at one broker: what each worker holds against what our books say.
 *
 * H1  Only PostgreSQL's clock decides that a worker is lost.
 * H2  A kill names one attempt that the worker holds and our books do not.
 * H3  An attempt of our books that the worker does not hold is given up only when two beats running say so, and its lease
 *     is not newer than the newest that the worker has seen, or older than 30 s: it may be on its way.
 * H4  Nothing is given up within one orphan term after this broker came up, nor while more than a fifth of the sessions
 *     fell silent together: then the fault is ours.
 * H5  What a session that is over still holds is given up again, until it is: the message may be lost on its way.
 * H6  What is known of a session is forgotten when nothing of it came here for one orphan term: it may have ended at another
 *     broker. What it was to be told, its count will tell.
 */
import { jobId, terminalEventsMax, type HeartbeatAnswer, type HeartbeatRequest, type TerminalBatch } from '#contracts';
import type { BeatRow, HeldAttempt, SessionStore, TerminalBus } from '../ports/session-store.js';

export type Beat = HeartbeatRequest & { session: string };
export type BeatAnswer = HeartbeatAnswer & { session: string };

export interface SessionTerms {
  heartbeatSec: number;
  suspectSec: number;
  orphanSec: number;
}

export const defaultTerms: SessionTerms = { heartbeatSec: 20, suspectSec: 60, orphanSec: 900 };

/** A lease younger than this may still be on its way to its worker, in seconds. */
const leaseOnItsWaySec = 30;
/** What was given up has been settled by then, in seconds, or is given up again. */
const strandedSec = 30;

interface Watch {
  notedAtMs: number;
  /** Beats running whose count differed from our books. */
  differs: number;
  /** Attempts of our books that the last full list did not name. */
  missing: Set<string>;
}

export interface SessionDeskOptions {
  store: SessionStore;
  bus: TerminalBus;
  terms: SessionTerms;
  newBatchId: () => string;
  nowMs: () => number;
}

export class SessionDesk {
  private readonly watches = new Map<string, Watch>();
  private readonly kills = new Map<string, { notedAtMs: number; attempts: { job: string; attempt: number }[] }>();
  private readonly upSinceMs: number;

  constructor(private readonly options: SessionDeskOptions) {
    this.upSinceMs = options.nowMs();
  }

  /** Attempts that were cancelled: told to their workers with the next answer. May be lost; the count will tell. */
  noteKills(kills: readonly { session: string; job: string; attempt: number }[]): void {
    for (const { session, job, attempt } of kills) {
      const attempts = this.kills.get(session)?.attempts ?? [];
      attempts.push({ job, attempt });
      this.kills.set(session, { notedAtMs: this.options.nowMs(), attempts });
    }
  }

  takeKills(session: string): { job: string; attempt: number }[] {
    const kills = this.kills.get(session)?.attempts ?? [];
    this.kills.delete(session);
    return kills;
  }

  /** Answers many beats at once. A session that is over has no answer: its worker must register again. */
  async beat(beats: readonly Beat[]): Promise<BeatAnswer[]> {
    const rows = await this.options.store.beat(beats.map(({ session, draining }) => ({ session, draining })));
    const batchIds = beats.flatMap((beat) => beat.batches);
    const verdicts = batchIds.length > 0 ? await this.options.store.verdicts(batchIds) : [];
    const byBatch = new Map(verdicts.map((verdict) => [verdict.batchId, verdict]));
    const lists = await this.compareLists(beats.filter((beat) => beat.held !== undefined));
    const states = new Map(rows.map((row) => [row.session, row]));
    return beats.flatMap((beat) => {
      const row = states.get(beat.session);
      if (!row) return [];
      const own = beat.batches.flatMap((batchId) => byBatch.get(batchId) ?? []);
      return {
        session: beat.session,
        kill: [...this.takeKills(beat.session), ...(lists.get(beat.session) ?? [])],
        verdicts: own,
        drain: row.ordered !== null && !beat.draining,
        stop: row.ordered === 'stop',
        site: row.site,
        listHeld: beat.held === undefined && this.differsTwice(beat, row),
      };
    });
  }

  private differsTwice(beat: Beat, row: BeatRow): boolean {
    const watch = this.watchOf(beat.session);
    watch.differs = beat.heldCount === row.open ? 0 : watch.differs + 1;
    if (watch.differs === 0) this.watches.delete(beat.session);
    else this.watches.set(beat.session, watch);
    return watch.differs >= 2;
  }

  private watchOf(session: string): Watch {
    const { differs = 0, missing = new Set<string>() } = this.watches.get(session) ?? {};
    return { notedAtMs: this.options.nowMs(), differs, missing };
  }

  /** @see H6 */
  private forgetOld(): void {
    const oldestMs = this.options.nowMs() - this.options.terms.orphanSec * 1_000;
    for (const [session, { notedAtMs }] of this.watches) if (notedAtMs < oldestMs) this.watches.delete(session);
    for (const [session, { notedAtMs }] of this.kills) if (notedAtMs < oldestMs) this.kills.delete(session);
  }

  /** What is known of sessions that may be gone. */
  get remembered(): number {
    return this.watches.size + this.kills.size;
  }

  /** @see H2 H3 @returns kills by session. */
  private async compareLists(beats: readonly Beat[]): Promise<Map<string, { job: string; attempt: number }[]>> {
    const kills = new Map<string, { job: string; attempt: number }[]>();
    if (beats.length === 0) return kills;
    const ours = bySession(await this.options.store.attempts(beats.map((beat) => beat.session)));
    for (const beat of beats) {
      const books = ours.get(beat.session) ?? [];
      const known = new Set(books.map(heldKey));
      const held = beat.held ?? [];
      kills.set(
        beat.session,
        held.filter(({ job, attempt }) => !known.has(`${job}/${attempt}`)),
      );
      await this.giveUpMissing(beat, books, new Set(held.map(({ job, attempt }) => `${job}/${attempt}`)));
    }
    return kills;
  }

  private async giveUpMissing(beat: Beat, books: HeldAttempt[], held: ReadonlySet<string>): Promise<void> {
    const watch = this.watchOf(beat.session);
    const missing = books.filter((attempt) => !held.has(heldKey(attempt)) && arrived(attempt, beat.leaseSeen));
    const twice = missing.filter((attempt) => watch.missing.has(heldKey(attempt)));
    watch.missing = new Set(missing.map(heldKey));
    this.watches.set(beat.session, watch);
    await this.giveUp(twice, 'the worker does not hold this attempt any more');
  }

  /**
   * Ends a session whose process is known to be gone, and gives up what it held at once.
   * @returns attempts given up.
   */
  async end(session: string, state: 'ended' | 'lost', message: string): Promise<number> {
    await this.options.store.end([session], state);
    const attempts = await this.options.store.attempts([session]);
    await this.giveUp(attempts, message);
    this.watches.delete(session);
    this.kills.delete(session);
    return attempts.length;
  }

  /** Gives up what sessions hold that are over. @see H5 @returns attempts given up. */
  async giveUpStranded(): Promise<number> {
    const sessions = await this.options.store.stranded(strandedSec);
    if (sessions.length === 0) return 0;
    const attempts = await this.options.store.attempts(sessions);
    for (const own of bySession(attempts).values()) await this.giveUp(own, 'the worker ended before this attempt did');
    return attempts.length;
  }

  /** Looks for sessions that fell silent. @see H1 H4 @returns ids whose state changed, and an alarm for the operator. */
  async findSilent(): Promise<{ changed: string[]; alarm: string | null }> {
    this.forgetOld();
    const { terms, store, nowMs } = this.options;
    const { suspects, orphans, alive } = await store.silent(terms);
    const settling = nowMs() - this.upSinceMs < terms.orphanSec * 1_000;
    if (orphans.length === 0 || settling) return { changed: suspects, alarm: null };
    if (orphans.length > 1 && orphans.length * 5 > alive) {
      const alarm = `${orphans.length} of ${alive} sessions are silent at once: nothing is given up; check the network`;
      return { changed: suspects, alarm };
    }
    for (const session of orphans) await this.end(session, 'lost', `the worker was silent for ${terms.orphanSec} s`);
    return { changed: [...suspects, ...orphans], alarm: null };
  }

  private async giveUp(attempts: HeldAttempt[], message: string): Promise<void> {
    const endedAtMs = this.options.nowMs();
    for (const [partition, members] of byPartition(attempts)) {
      for (let from = 0; from < members.length; from += terminalEventsMax) {
        const part = members.slice(from, from + terminalEventsMax);
        await this.options.bus.publish(partition, [this.lostBatch(partition, part, { message, endedAtMs })]);
      }
    }
  }

  private lostBatch(
    partition: number,
    attempts: HeldAttempt[],
    end: { message: string; endedAtMs: number },
  ): TerminalBatch {
    const leases = [...new Map(attempts.map(({ leaseId, token }) => [leaseId, { id: leaseId, token }])).values()];
    const positions = new Map(leases.map((lease, position) => [lease.id, position]));
    return {
      batchId: this.options.newBatchId(),
      session: attempts[0]?.session ?? '0',
      partition,
      leases,
      events: attempts.map(({ leaseId, workflowNo, ordinal, attempt }) => ({
        lease: positions.get(leaseId) ?? 0,
        job: jobId(workflowNo, ordinal),
        attempt,
        outcome: 'failed',
        reason: 'lost',
        ...end,
      })),
    };
  }
}

const heldKey = (held: HeldAttempt): string => `${jobId(held.workflowNo, held.ordinal)}/${held.attempt}`;

const arrived = (attempt: HeldAttempt, leaseSeen: string | null): boolean =>
  attempt.ageSec > leaseOnItsWaySec || (leaseSeen !== null && BigInt(attempt.leaseId) <= BigInt(leaseSeen));

function bySession(attempts: HeldAttempt[]): Map<string, HeldAttempt[]> {
  return groupBy(attempts, (attempt) => attempt.session);
}

function byPartition(attempts: HeldAttempt[]): Map<number, HeldAttempt[]> {
  return groupBy(attempts, (attempt) => attempt.partition);
}

function groupBy<K>(attempts: HeldAttempt[], keyOf: (attempt: HeldAttempt) => K): Map<K, HeldAttempt[]> {
  const groups = new Map<K, HeldAttempt[]>();
  for (const attempt of attempts) {
    const key = keyOf(attempt);
    const group = groups.get(key);
    if (group) group.push(attempt);
    else groups.set(key, [attempt]);
  }
  return groups;
}
