/**
 * Owns how long a long poll may wait on this network: as long as is wished, unless something on the way cuts what is
 * silent for long. One poll that breaks is an outage; two in a row after the same time are a proxy's limit.
 */

/** A poll that broke sooner was not cut for its silence. */
const silenceMsMin = 2_000;
/** Polls that a limit cuts break after the same time, give or take so much. */
const sameMs = 1_500;
/** Of the time after which polls were cut, how much the next ones wait. */
const share = 0.75;
/** After so long the limit is tried again: another proxy may be on the way by now. */
const forgetMs = 15 * 60_000;

export class PollPatience {
  private brokeAfterMs: number | null = null;
  private limit: { sec: number; untilMs: number } | null = null;

  /** @param wishedSec how long the poll would wait on a network without limits @param nowMs of any steady clock */
  waitSec(wishedSec: number, nowMs: number): number {
    if (this.limit !== null && nowMs >= this.limit.untilMs) this.limit = null;
    return Math.min(wishedSec, this.limit?.sec ?? wishedSec);
  }

  /** A poll was answered. */
  answered(): void {
    this.brokeAfterMs = null;
  }

  /** A poll broke after it had waited for `afterMs`. @returns the longest wait from now on, in seconds, if that is news */
  broke(afterMs: number, nowMs: number): number | null {
    const before = this.brokeAfterMs;
    this.brokeAfterMs = afterMs < silenceMsMin ? null : afterMs;
    if (before === null || this.brokeAfterMs === null || Math.abs(before - afterMs) > sameMs) return null;
    const sec = Math.max(1, Math.floor((Math.min(before, afterMs) * share) / 1_000));
    this.limit = { sec, untilMs: nowMs + forgetMs };
    this.brokeAfterMs = null;
    return sec;
  }
}
