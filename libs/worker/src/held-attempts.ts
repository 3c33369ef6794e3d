/**
 * Owns what one session holds: running, prefetched, and reported but not settled. Its heartbeat says only how many and
 * a hash: see heldHash() in libs/contracts.
 */
import { fnv1a } from '#contracts';
import type { LeasedJob } from './leased-job.js';

export class HeldAttempts {
  private readonly jobs = new Map<string, LeasedJob>();
  private sum = 0;

  get count(): number {
    return this.jobs.size;
  }

  get hash(): number {
    return this.sum;
  }

  /** @returns false when it was held already */
  add(job: LeasedJob): boolean {
    if (this.jobs.has(job.key)) return false;
    this.jobs.set(job.key, job);
    this.sum = (this.sum + fnv1a(job.key)) >>> 0;
    return true;
  }

  remove(key: string): void {
    if (this.jobs.delete(key)) this.sum = (this.sum - fnv1a(key)) >>> 0;
  }

  find(key: string): LeasedJob | undefined {
    return this.jobs.get(key);
  }

  list(): { job: string; attempt: number }[] {
    return Array.from(this.jobs.values(), ({ id, attempt }) => ({ job: id, attempt }));
  }
}
