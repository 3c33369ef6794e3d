/**
 * Owns the sessions' signs of life at one broker: answers beats, ends sessions, and finds those that fell silent.
 *
 * H1  Only PostgreSQL's clock decides that a worker is lost, and what decides stands in PostgreSQL: all brokers decide alike.
 * H2  A session is given up by the rules of judgeSilence(), and never while the stream holds ends of attempts that are older
 *     than the end of its term: its own may be among them.
 * H3  Of several brokers one gives a session up: who ends it. Who dies over it has left it stranded.
 * H4  What a session that is over still holds is given up again, until it is: the message may be lost on its way. Not
 *     while the stream holds ends so old that it may be among them: nobody settles, and more of the same would not help.
 * H5  Kills are forgotten when nothing of their session came here for one orphan term. What it was to be told, its count
 *     will tell.
 * H6  What a worker is told fits into a message, together with what others are told: the rest is told with a later beat.
 */
import { messageBytesMax, type BatchVerdicts, type HeartbeatAnswer, type HeartbeatRequest } from '#contracts';
import { judgeSilence, type SilentSession } from '#core';
import { faultpoint } from '#faultpoint';
import type { HeldAttempt, SessionStore, TerminalBus } from '../ports/session-store.js';
import { HeldWatch } from './held-watch.js';
import { giveUpAttempts } from './lost-batches.js';
import { heartbeatSecOf, type SessionTerms } from './session-terms.js';

export type Beat = HeartbeatRequest & { session: string };
export type BeatAnswer = HeartbeatAnswer & { session: string };

/** What was given up has been settled by then, in seconds, or is given up again. */
const strandedSec = 30;
/** Bytes of one kill and of one batch's verdicts as they are sent, at most, and of a position in them. */
const killBytes = 80;
const verdictsBytes = 120;
const positionBytes = 4;
/** Sessions given up with one look at what they hold. */
const givenUpAtOnce = 200;

export interface SessionDeskOptions {
  store: SessionStore;
  bus: TerminalBus;
  terms: SessionTerms;
  newBatchId: () => string;
  nowMs: () => number;
}

export class SessionDesk {
  private readonly watch: HeldWatch;
  private readonly kills = new Map<string, { notedAtMs: number; attempts: { job: string; attempt: number }[] }>();
  private gatewayHeard = false;

  constructor(private readonly options: SessionDeskOptions) {
    this.watch = new HeldWatch(options.store, options.nowMs);
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

  /** A gateway is there and reaches us. */
  noteGateway(): void {
    this.gatewayHeard = true;
  }

  /** Answers many beats at once. A session that is over has no answer: its worker must register again. */
  async beat(beats: readonly Beat[]): Promise<BeatAnswer[]> {
    if (beats.length === 0) return [];
    const { store, terms } = this.options;
    const rows = await store.beat(beats.map(({ session, draining }) => ({ session, draining })));
    faultpoint('broker.afterHeartbeat');
    const books = new Map(rows.map((row) => [row.session, row]));
    const batchIds = beats.flatMap((beat) => beat.batches);
    const verdicts = batchIds.length > 0 ? await store.verdicts(batchIds) : [];
    const byBatch = new Map(verdicts.map((verdict) => [verdict.batchId, verdict]));
    const list = await this.watch.differing(beats, books);
    const kills = await this.actOnLists(beats);
    const room = { bytes: messageBytesMax };
    return beats.flatMap((beat) => {
      const row = books.get(beat.session);
      if (!row) return [];
      return {
        session: beat.session,
        kill: this.killsWithin(room, beat.session, kills.get(beat.session) ?? []),
        verdicts: verdictsWithin(
          room,
          beat.batches.flatMap((batchId) => byBatch.get(batchId) ?? []),
        ),
        drain: row.ordered !== null && !beat.draining,
        stop: row.ordered === 'stop',
        site: row.site,
        terms: { heartbeatSec: heartbeatSecOf(terms, row.suspectSec), cutOffStopSec: row.cutOffStopSec },
        listHeld: list.has(beat.session),
      };
    });
  }

  /** @see H6 @param listed found by the session's own list: what is not told now is found again. */
  private killsWithin(
    room: { bytes: number },
    session: string,
    listed: readonly { job: string; attempt: number }[],
  ): { job: string; attempt: number }[] {
    const all = [...this.takeKills(session), ...listed];
    const told = all.slice(0, Math.max(0, Math.floor(room.bytes / killBytes)));
    room.bytes -= told.length * killBytes;
    this.noteKills(all.slice(told.length).map((kill) => ({ session, ...kill })));
    return told;
  }

  /** @returns kills by session. */
  private async actOnLists(beats: readonly Beat[]): Promise<Map<string, { job: string; attempt: number }[]>> {
    const findings = await this.watch.compareLists(beats);
    const gone = findings.flatMap((each) => each.gone);
    if (gone.length > 0) await this.giveUp(gone, 'the worker does not hold this attempt any more');
    return new Map(findings.map(({ session, kill }) => [session, kill]));
  }

  /** What is known of sessions that may be gone. */
  get remembered(): number {
    return this.watch.remembered + this.kills.size;
  }

  /**
   * Ends a session whose process is known to be gone, and gives up what it held at once.
   * @returns attempts given up.
   */
  async end(session: string, state: 'ended' | 'lost', message: string): Promise<number> {
    await this.options.store.end([session], state);
    return this.giveUpHeld([session], message);
  }

  private async giveUpHeld(sessions: readonly string[], message: string): Promise<number> {
    const attempts = await this.options.store.attempts([...sessions]);
    await this.giveUp(attempts, message);
    for (const session of sessions) {
      this.watch.forget(session);
      this.kills.delete(session);
    }
    return attempts.length;
  }

  /** Gives up what sessions hold that are over. @see H4 @returns attempts given up. */
  async giveUpStranded(): Promise<number> {
    const sessions = await this.options.store.stranded(strandedSec);
    if (sessions.length === 0 || ((await this.options.bus.oldestUnsettledSec()) ?? 0) >= strandedSec) return 0;
    return this.giveUpHeld(sessions, 'the worker ended before this attempt did');
  }

  /**
   * Looks for sessions that fell silent, and gives up those that are lost. @see H1 H2 H3
   * @returns ids whose state changed, and what an operator should look at.
   */
  async findSilent(): Promise<{ changed: string[]; alarm: string | null }> {
    const { terms, store, nowMs } = this.options;
    const oldestMs = nowMs() - terms.orphanSec * 1_000;
    this.watch.forgetOld(oldestMs);
    for (const [session, { notedAtMs }] of this.kills) if (notedAtMs < oldestMs) this.kills.delete(session);
    await store.noteServices({ gateway: this.gatewayHeard });
    this.gatewayHeard = false;
    const { suspects, facts } = await store.silent(terms);
    if (!facts) return { changed: suspects, alarm: null };
    const { giveUp, kept } = judgeSilence(facts);
    const lost = await this.giveUpSilent(giveUp);
    const crowd = `${kept.length} workers fell silent together, more than a fifth of all: nothing is given up; check the network`;
    return { changed: [...suspects, ...lost], alarm: kept.length > 0 ? crowd : null };
  }

  /** @see H2 @returns sessions that were given up by this broker. */
  private async giveUpSilent(sessions: readonly SilentSession[]): Promise<string[]> {
    if (sessions.length === 0) return [];
    const { store, bus, terms } = this.options;
    const unsettledSec = (await bus.oldestUnsettledSec()) ?? -Infinity;
    const due = sessions.filter(({ silentSec, orphanSec }) => unsettledSec < silentSec - orphanSec);
    const lost: string[] = [];
    for (let from = 0; from < due.length; from += givenUpAtOnce) {
      const part = due.slice(from, from + givenUpAtOnce).map(({ id }) => id);
      const given = await store.giveUp(part, terms);
      faultpoint('reaper.mid');
      await this.giveUpHeld(given, 'the worker was silent for longer than its term');
      faultpoint('reaper.afterCommit');
      lost.push(...given);
    }
    return lost;
  }

  private giveUp(attempts: readonly HeldAttempt[], message: string): Promise<void> {
    const { bus, newBatchId, nowMs } = this.options;
    return giveUpAttempts(attempts, { bus, newBatchId, message, endedAtMs: nowMs() });
  }
}

/** @see H6: the worker asks again for what is left out. */
function verdictsWithin(room: { bytes: number }, verdicts: readonly BatchVerdicts[]): BatchVerdicts[] {
  return verdicts.filter(({ duplicate, stale }) => {
    const bytes = verdictsBytes + positionBytes * (duplicate.length + stale.length);
    if (bytes > room.bytes) return false;
    room.bytes -= bytes;
    return true;
  });
}
