import { childrenOf, processStat } from './process-stat.js';

/** Processes of one attempt that are looked at in one sample. */
const processesMax = 1_000;
const firstPauseMs = 20;
const longestPauseMs = 1_000;

/**
 * Looks at a program and its descendants while they run: soon after the start, then ever more seldom, up to once a second.
 * U1 Memory is the larger of the most that one process ever had and the most that all had together in one sample.
 * U2 CPU is a lower bound: what was used after the last sample is missing.
 */
export class UsageSampler {
  private timer: NodeJS.Timeout | undefined;
  private peak = 0;
  private cpu = 0;

  constructor(private readonly pid: number) {
    this.sample(firstPauseMs);
  }

  /** Null when no sample caught the program. */
  get peakMemoryMib(): number | null {
    return this.peak === 0 ? null : Math.round(this.peak * 10) / 10;
  }

  get cpuSecAtLeast(): number {
    return this.cpu;
  }

  /** The last look, while the program or what it left behind is still there. */
  stop(): void {
    clearTimeout(this.timer);
    this.look();
  }

  private sample(nextMs: number): void {
    this.look();
    this.timer = setTimeout(() => this.sample(Math.min(nextMs * 2, longestPauseMs)), nextMs);
    this.timer.unref();
  }

  private look(): void {
    let rss = 0;
    let cpu = 0;
    const family = [this.pid];
    for (let next = 0; next < family.length && next < processesMax; next += 1) {
      const pid = family[next] ?? this.pid;
      const stat = processStat(pid);
      if (stat === null) continue;
      rss += stat.rssMib;
      cpu += stat.cpuSec;
      this.peak = Math.max(this.peak, stat.peakMib);
      family.push(...childrenOf(pid));
    }
    this.peak = Math.max(this.peak, rss);
    this.cpu = Math.max(this.cpu, cpu);
  }
}
