import { longOfUsual } from '#core';

/** Ended jobs after which a worker trusts its own measure more than what the lease said. */
const trustedJobs = 5;
/** Weight of the newest job in the running mean. */
const newestWeight = 0.1;
/** And within the measured mean and so many mean deviations. */
const longDeviations = 2;

/** How long a job of one task usually takes: by own measure once there is enough of it, else by what the lease said. */
export class UsualTime {
  private ended = 0;
  private meanMs = 0;
  private deviationMs = 0;

  constructor(private saidMs: number | null) {}

  /** Milliseconds, or null while nothing is known. */
  get ms(): number | null {
    return this.isMeasured ? this.meanMs : this.saidMs;
  }

  /** Milliseconds within which about nine in ten jobs end; null while nothing is known. */
  get longMs(): number | null {
    if (this.ended >= trustedJobs) return this.meanMs + longDeviations * this.deviationMs;
    const { ms } = this;
    return ms === null ? null : ms * longOfUsual;
  }

  said(usualMs: number | null): void {
    this.saidMs = usualMs ?? this.saidMs;
  }

  took(jobMs: number): void {
    this.ended += 1;
    const weight = Math.max(newestWeight, 1 / this.ended);
    this.meanMs += (jobMs - this.meanMs) * weight;
    this.deviationMs += (Math.abs(jobMs - this.meanMs) - this.deviationMs) * weight;
  }

  private get isMeasured(): boolean {
    return this.ended >= trustedJobs || (this.ended > 0 && this.saidMs === null);
  }
}
