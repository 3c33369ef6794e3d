import { expect } from '@jest/globals';
import type { EngineRig, Random } from '#test-kit';

/** The first two count all jobs of a schedule. */
const limits = [
  { kind: 'space', name: 'trial' },
  { kind: 'site', name: 'here' },
  { kind: 'user', name: 'nobody' },
] as const;
type TrialLimit = (typeof limits)[number];

/** Limits that come and go while a schedule is played. */
export class TrialLimits {
  /** Jobs that may run at once, by limit. */
  private readonly caps = new Map<string, number>();

  /** @param times as many jobs under a cap */
  constructor(
    private readonly rig: EngineRig,
    private readonly random: Random,
    private readonly times: number,
  ) {}

  /** What runs under a limit is counted, whatever comes; without a cap it holds nothing up. */
  async change(): Promise<void> {
    const limit = this.random.pick(limits);
    if (this.random.once(4)) return this.remove(limit);
    const capJobs = this.random.pick([null, null, 5, 20].map((cap) => cap && cap * this.times));
    await this.rig.limits.set(limit, { capJobs, capCores: null });
    if (capJobs === null || limit.name === 'nobody') this.caps.delete(limit.kind);
    else this.caps.set(limit.kind, capJobs);
  }

  async removeAll(): Promise<void> {
    for (const limit of limits) await this.remove(limit);
  }

  /** No cap was passed by what was just granted. @param running counts what runs */
  expectRoom(running: () => number): void {
    if (this.caps.size > 0) expect(Math.min(...this.caps.values())).toBeGreaterThanOrEqual(running());
  }

  private async remove(limit: TrialLimit): Promise<void> {
    await this.rig.limits.remove(limit);
    this.caps.delete(limit.kind);
  }
}
