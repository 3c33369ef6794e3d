import { folderMib } from '#transform-sdk';
import type { GroupLook, JobGroup } from './job-group.js';
import { diskPassed, memoryPassed, processesPassed, type JobLimits, type LimitPassed } from './job-limits.js';

const firstPauseMs = 20;
const longestPauseMs = 1_000;
/** A group that nothing but looking holds back is looked at again before it can have filled what it has left. */
const fillMibPerSec = 2_048;
const leastPauseMs = 50;
/** The folder is counted again before it can have been filled at this speed; counting takes this part of the time. */
const writeMibPerSec = 500;
const diskPauseMs = { least: 250, longest: 5_000 };
const countingPart = 0.02;

/** Looks at a group while it runs and ends it once it has passed a limit. */
export class LimitGuard {
  /** The first limit that was passed. */
  passed: LimitPassed | null = null;
  private timer: NodeJS.Timeout | undefined;
  private readonly ended = new AbortController();

  constructor(
    private readonly group: JobGroup,
    private readonly limits: JobLimits,
  ) {}

  /** @param folder what counts against the disk limit */
  start(folder: string): void {
    this.timer = setTimeout(() => this.look(firstPauseMs), firstPauseMs);
    this.timer.unref();
    const { diskMib } = this.limits;
    if (diskMib !== null) void this.watchDisk(folder, diskMib);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.ended.abort();
  }

  private look(pausedMs: number): void {
    const seen = this.group.look();
    const passed = limitPassed(seen, this.limits);
    if (passed !== null) return this.end(passed);
    const pauseMs = nextPauseMs(pausedMs, this.group.isExact ? null : this.limits.memoryMib - seen.memoryMib);
    this.timer = setTimeout(() => this.look(pauseMs), pauseMs);
    this.timer.unref();
  }

  private async watchDisk(folder: string, diskMib: number): Promise<void> {
    const { signal } = this.ended;
    let pauseMs = diskPauseMs.least;
    while (!signal.aborted) {
      await pause(pauseMs, signal);
      const startedMs = performance.now();
      const usedMib = await folderMib(folder, signal);
      if (signal.aborted) return;
      if (usedMib > diskMib) return this.end(diskPassed(usedMib, diskMib));
      const fullMs = ((diskMib - usedMib) / writeMibPerSec) * 1_000;
      const tookMs = performance.now() - startedMs;
      pauseMs = Math.max(diskPauseMs.least, Math.min(diskPauseMs.longest, fullMs), tookMs / countingPart);
    }
  }

  private end(passed: LimitPassed): void {
    this.passed ??= passed;
    this.stop();
    this.group.kill();
  }
}

/** Which limit a group has passed, if any. */
function limitPassed({ overMemory, overProcesses }: GroupLook, limits: JobLimits): LimitPassed | null {
  if (overMemory) return memoryPassed(limits);
  return overProcesses ? processesPassed(limits) : null;
}

/** @param leftMib memory until the limit of a group that only looking holds back; null: the kernel does */
export function nextPauseMs(pausedMs: number, leftMib: number | null): number {
  const slower = Math.min(longestPauseMs, pausedMs * 2);
  if (leftMib === null) return slower;
  return Math.min(slower, Math.max(leastPauseMs, (leftMib / fillMibPerSec) * 1_000));
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms).unref();
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}
