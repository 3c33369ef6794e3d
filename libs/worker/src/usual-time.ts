/** Ended jobs after which a worker trusts its own measure more than what the lease said. */
const trustedJobs = 5;
/** Weight of the newest job in the running mean. */
const newestWeight = 0.1;

/** How long a job of one task usually takes: by own measure once there is enough of it, else by what the lease said. */
export class UsualTime {
  private ended = 0;
  private meanMs = 0;

  constructor(private saidMs: number | null) {}

  /** Milliseconds, or null while nothing is known. */
  get ms(): number | null {
    return this.ended >= trustedJobs || (this.ended > 0 && this.saidMs === null) ? this.meanMs : this.saidMs;
  }

  said(usualMs: number | null): void {
    this.saidMs = usualMs ?? this.saidMs;
  }

  took(jobMs: number): void {
    this.ended += 1;
    this.meanMs += (jobMs - this.meanMs) * Math.max(newestWeight, 1 / this.ended);
  }
}
