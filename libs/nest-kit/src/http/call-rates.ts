/** How many calls a caller may have made at once, in seconds of its rate. */
const burstSec = 10;
/** Callers that are remembered; those that have been quiet are forgotten first. */
const callersMax = 10_000;

interface Bucket {
  left: number;
  atMs: number;
}

/** How often each caller calls: a bucket of calls that fills at a rate. */
export class CallRates {
  private readonly buckets = new Map<string, Bucket>();
  private readonly burst: number;

  constructor(private readonly perSec: number) {
    this.burst = perSec * burstSec;
  }

  /** Takes one call out of a caller's bucket. @returns 0, or seconds after which there is one in it */
  take(caller: string, nowMs: number): number {
    const bucket = this.bucketOf(caller, nowMs);
    if (bucket.left < 1) return Math.max(1, Math.ceil((1 - bucket.left) / this.perSec));
    bucket.left -= 1;
    return 0;
  }

  private bucketOf(caller: string, nowMs: number): Bucket {
    const known = this.buckets.get(caller);
    const bucket = known ? this.filled(known, nowMs) : { left: this.burst, atMs: nowMs };
    this.buckets.delete(caller);
    this.buckets.set(caller, bucket); // last: who called longest ago stands first
    for (const first of this.buckets.keys()) {
      if (this.buckets.size <= callersMax) break;
      this.buckets.delete(first);
    }
    return bucket;
  }

  private filled({ left, atMs }: Bucket, nowMs: number): Bucket {
    return { left: Math.min(this.burst, left + ((nowMs - atMs) / 1_000) * this.perSec), atMs: nowMs };
  }
}
