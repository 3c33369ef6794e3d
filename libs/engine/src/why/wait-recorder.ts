/**
 * Owns the record of what kept ready jobs from workers. Any broker may write it, and it is the same for all.
 *
 * W1  By class, never by job, and only what changed: work that nothing holds up writes nothing.
 * W2  In each second one broker looks, for at most a fiftieth of its time.
 * W3  A class that changes all the time fills nothing. @see ChangeBudget
 * W4  What a look finds is what `why` says at that moment: the same words of the same facts.
 * W5  But for advice: it is read when it is over.
 */
import type { ShareBooks } from '../ports/share-store.js';
import type { OpenWait, RecordedWait, WaitRecordStore } from '../ports/wait-store.js';
import { ChangeBudget } from './change-budget.js';
import { explainWait } from './explain-wait.js';
import { readFacts } from './read-facts.js';
import { adviceOf } from './remedies.js';

export interface WaitRecorderOptions {
  store: WaitRecordStore;
  books: ShareBooks;
  nowMs: () => number;
}

/** Looks of all brokers are so far apart, and each rests so many times as long as it took. */
const lookSec = 0.9;
const lookRest = 50;
/** Most classes on record at once; those that were made first. */
const classesMax = 5_000;
/** What is too old is looked for so often. */
const forgetEveryMs = 600_000;

export class WaitRecorder {
  private readonly budget = new ChangeBudget();
  private nextMs = -Infinity;
  private nextForgetMs = -Infinity;
  /** Nothing is ready, and nothing was at the look before, which ended what was open. */
  private isQuiet = false;

  constructor(private readonly options: WaitRecorderOptions) {}

  /** Looks if it is time; ask every second. Not while another look is under way. @see W2 */
  async look(): Promise<void> {
    const begunMs = this.options.nowMs();
    if (begunMs < this.nextMs) return;
    await this.lookNow(begunMs);
    this.nextMs = begunMs + (this.options.nowMs() - begunMs) * lookRest;
    if (begunMs < this.nextForgetMs) return;
    this.nextForgetMs = begunMs + forgetEveryMs;
    this.budget.forget(begunMs);
    await this.options.store.forget();
  }

  private async lookNow(nowMs: number): Promise<void> {
    const { store } = this.options;
    const isReady = await store.isReady();
    if (!isReady && this.isQuiet) return; // W1
    this.isQuiet = false;
    if (!(await store.takeLook(lookSec))) return;
    const waits = isReady ? await this.waits() : [];
    const open = new Map((await store.open()).map((wait) => [wait.classId, wait]));
    const begun = waits.filter(
      (wait) => !isSame(wait, open.get(wait.classId)) && this.budget.take(wait.classId, nowMs),
    );
    const waiting = new Set(waits.map(({ classId }) => classId));
    const ended = [...open.keys()].filter((id) => !waiting.has(id)).concat(begun.map(({ classId }) => classId));
    if (begun.length + ended.length > 0) await store.change(ended, begun);
    this.isQuiet = !isReady;
  }

  /** @see W4 */
  private async waits(): Promise<RecordedWait[]> {
    const { facts, ready } = await readFacts(this.options.store, this.options.books);
    return ready.slice(0, classesMax).map(({ readyClass }) => {
      const { cause, subject, text, remedy, details } = explainWait(readyClass, facts);
      const told = remedy === null ? text : text.replace(adviceOf(remedy), ''); // W5
      return { classId: readyClass.id, cause, subject, told, detail: details };
    });
  }
}

const isSame = (wait: OpenWait, open: OpenWait | undefined): boolean =>
  open?.cause === wait.cause && open.subject === wait.subject;
