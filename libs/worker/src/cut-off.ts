/**
 * Owns the time for which this worker was not heard by its gateway. It counts from the moment when the last request that was
 * answered was *sent*, since from then on the other side counts as well, on a clock that runs through sleep.
 *
 * A worker that is cut off goes on with what runs, unless its site sets a time for that: then what it holds is ended, once,
 * and reported when somebody hears it again.
 */
export class CutOff {
  private acted = false;

  constructor(
    private heardMs: number,
    private readonly act: (silentSec: number) => void,
  ) {}

  /** A request that was sent then has been answered. */
  heard(sentMs: number): void {
    this.heardMs = Math.max(this.heardMs, sentMs);
    this.acted = false;
  }

  /** @param stopMs the site's time; null: none. */
  check(nowMs: number, stopMs: number | null): void {
    if (stopMs === null || this.acted || nowMs - this.heardMs < stopMs) return;
    this.acted = true;
    this.act((nowMs - this.heardMs) / 1_000);
  }
}
