/**
 * Owns the comparison of what workers say they hold with our books, at one broker.
 *
 * W1  Count and hash are compared, lists only where these differ in two beats running: what a worker holds and what our
 *     books say differ for a moment whenever something is on its way.
 * W2  The count is compared at every beat; the hash, which costs a look at the leases, once a minute a session, and at every
 *     beat while something differs. All beats of a message are one look.
 * W3  A kill names one attempt that the worker holds and our books do not.
 * W4  An attempt of our books that the worker does not hold is missing only if its lease is not newer than the newest that
 *     the worker has seen, or older than 30 s: it may be on its way. It is given up when two lists running lack it.
 * W5  A list that is not newer than one before, by its worker's clock, says nothing: it came late, or twice.
 * W6  What is known of a session is forgotten when nothing of it came here for one orphan term: it may have ended at another
 *     broker. Several brokers each see a part of the beats, and each finds what differs.
 */
import { heldHash, jobId } from '#contracts';
import type { Beat } from './session-desk.js';
import type { BeatRow, HeldAttempt, SessionStore } from '../ports/session-store.js';
import { groupBy } from './lost-batches.js';

/** A lease younger than this may still be on its way to its worker, in seconds. */
const leaseOnItsWaySec = 30;
/** The hash of a session is compared this often: three beats. */
const hashMs = 60_000;

interface Watch {
  notedAtMs: number;
  hashedAtMs: number;
  /** Beats running that differed from our books. */
  differs: number;
  /** Attempts of our books that the last full list did not name. */
  missing: ReadonlySet<string>;
  /** When that list was made, by its worker's clock. */
  listUpMs: number;
}

/** What a full list told. */
export interface ListFindings {
  session: string;
  kill: { job: string; attempt: number }[];
  /** To be given up. */
  gone: HeldAttempt[];
}

export class HeldWatch {
  private readonly watches = new Map<string, Watch>();

  constructor(
    private readonly store: Pick<SessionStore, 'attempts' | 'held'>,
    private readonly nowMs: () => number,
  ) {}

  get remembered(): number {
    return this.watches.size;
  }

  forget(session: string): void {
    this.watches.delete(session);
  }

  /** @see W6 */
  forgetOld(oldestMs: number): void {
    for (const [session, { notedAtMs }] of this.watches) if (notedAtMs < oldestMs) this.watches.delete(session);
  }

  /** @see W1 W2 @returns sessions that should list what they hold. */
  async differing(beats: readonly Beat[], books: ReadonlyMap<string, BeatRow>): Promise<Set<string>> {
    const known = beats.filter((beat) => beat.held === undefined && books.has(beat.session));
    const countDiffers = (beat: Beat): boolean => beat.heldCount !== books.get(beat.session)?.open;
    const others = await this.hashDiffers(known.filter((beat) => !countDiffers(beat) && this.isHashDue(beat.session)));
    const list = new Set<string>();
    for (const beat of known) {
      const watch = this.watchOf(beat.session);
      watch.differs = countDiffers(beat) || others.has(beat.session) ? watch.differs + 1 : 0;
      if (watch.differs >= 2) list.add(beat.session);
    }
    return list;
  }

  private isHashDue(session: string): boolean {
    const watch = this.watchOf(session);
    return watch.differs > 0 || this.nowMs() - watch.hashedAtMs >= hashMs;
  }

  private async hashDiffers(beats: readonly Beat[]): Promise<Set<string>> {
    const due = beats.filter(({ heldCount }) => heldCount > 0);
    if (due.length === 0) return new Set();
    const books = await this.store.held(due.map(({ session }) => session));
    for (const { session } of due) this.watchOf(session).hashedAtMs = this.nowMs();
    const differ = due.filter(({ session, heldHash: hash }) => heldHash(books.get(session) ?? []) !== hash);
    return new Set(differ.map(({ session }) => session));
  }

  private watchOf(session: string): Watch {
    let watch = this.watches.get(session);
    if (!watch) {
      watch = { notedAtMs: 0, hashedAtMs: -Infinity, differs: 0, missing: new Set(), listUpMs: -Infinity };
      this.watches.set(session, watch);
    }
    watch.notedAtMs = this.nowMs();
    return watch;
  }

  /** @see W3 W4 W5 */
  async compareLists(beats: readonly Beat[]): Promise<ListFindings[]> {
    const listing = beats.filter(({ held, session, upMs }) => held && upMs > this.watchOf(session).listUpMs);
    if (listing.length === 0) return [];
    const books = groupBy(await this.store.attempts(listing.map(({ session }) => session)), ({ session }) => session);
    return listing.map((beat) => this.compareList(beat, books.get(beat.session) ?? []));
  }

  private compareList(beat: Beat, books: readonly HeldAttempt[]): ListFindings {
    const { session, held = [], leaseSeen, upMs } = beat;
    const watch = this.watchOf(session);
    const ours = new Set(books.map(heldKey));
    const theirs = new Set(held.map(({ job, attempt }) => `${job}:${attempt}`));
    const kill = held.filter(({ job, attempt }) => !ours.has(`${job}:${attempt}`));
    const missing = books.filter((attempt) => !theirs.has(heldKey(attempt)) && arrived(attempt, leaseSeen));
    const gone = missing.filter((attempt) => watch.missing.has(heldKey(attempt)));
    watch.missing = new Set(missing.map(heldKey));
    watch.listUpMs = upMs;
    if (missing.length + kill.length === 0) watch.differs = 0; // what differed was on its way
    return { session, kill, gone };
  }
}

const heldKey = (held: HeldAttempt): string => `${jobId(held.workflowNo, held.ordinal)}:${held.attempt}`;

const arrived = (attempt: HeldAttempt, leaseSeen: string | null): boolean =>
  attempt.ageSec > leaseOnItsWaySec || (leaseSeen !== null && BigInt(attempt.leaseId) <= BigInt(leaseSeen));
