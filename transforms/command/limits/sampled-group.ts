import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Launch } from '../launch.js';
import { childrenOf, outOfMemoryKills, processStat, proportionalMib } from '../process-stat.js';
import { reapedCpu } from '../reaped-cpu.js';
import { endEscaped, markedEnvironment } from './escaped-processes.js';
import type { GroupLook, GroupUsage, JobGroup, JobGroups } from './job-group.js';

/** Processes of one attempt that are looked at in one sample. */
const processesMax = 4_096;
const endMsMax = 2_000;

/** Groups that are known by looking at them, where the kernel lends a worker nothing better. */
export class SampledGroups implements JobGroups {
  readonly feature = null;
  private readonly prefix = randomUUID();
  private made = 0;

  make(limits: { memoryMib: number; processesMax: number }): JobGroup {
    this.made += 1;
    return new SampledGroup(`${this.prefix}-${this.made}`, limits);
  }
}

/**
 * A program and its descendants, those included that lost their parent after they were seen.
 * M1 Memory at one moment is what all have together. Pages that they share count once for each, until that is more than
 *    the attempt may use: then each counts its part.
 * M2 The peak is the larger of the most that one process ever had and the most that all had together in one look.
 * M3 CPU is what the kernel says of ended children, and at least what was seen.
 */
export class SampledGroup implements JobGroup {
  readonly isExact = false;
  private leader: number | null = null;
  private startedMs = 0;
  private oomKillsBefore = 0;
  /** Processes seen, by number: when they began. */
  private seen = new Map<number, number>();
  private peakMib = 0;
  private cpuSec = 0;

  /** @param name no other group has it, of any worker */
  constructor(
    private readonly name: string,
    private readonly limits: { memoryMib: number; processesMax: number },
  ) {}

  wrap(launch: Launch): Launch {
    this.oomKillsBefore = outOfMemoryKills();
    return { ...launch, env: markedEnvironment(launch.env, this.name) };
  }

  begin(pid: number): void {
    this.leader = pid;
    this.startedMs = performance.now();
    this.look();
  }

  look(): GroupLook {
    const family = new Set([...(this.leader === null ? [] : [this.leader]), ...this.seen.keys()]);
    const alive = new Map<number, number>();
    const sum = { memoryMib: 0, cpuSec: 0, threads: 0 };
    for (const pid of family) {
      if (alive.size >= processesMax) break;
      const stat = processStat(pid);
      if (stat === null || (this.seen.get(pid) ?? stat.startTicks) !== stat.startTicks) continue;
      alive.set(pid, stat.startTicks);
      sum.memoryMib += stat.rssMib;
      sum.cpuSec += stat.cpuSec;
      sum.threads += stat.threads;
      this.peakMib = Math.max(this.peakMib, stat.peakMib);
      for (const child of childrenOf(pid)) family.add(child);
    }
    this.seen = alive;
    this.cpuSec = Math.max(this.cpuSec, sum.cpuSec);
    const memoryMib = this.withoutShared(sum.memoryMib);
    this.peakMib = Math.max(this.peakMib, memoryMib);
    const overProcesses = sum.threads > this.limits.processesMax;
    return { memoryMib, overMemory: memoryMib > this.limits.memoryMib, overProcesses };
  }

  /** M1 */
  private withoutShared(sumMib: number): number {
    return sumMib > this.limits.memoryMib ? (partsOf(this.seen.keys()) ?? sumMib) : sumMib;
  }

  /** Stops all first: one that runs could start another behind our back. */
  kill(): void {
    if (this.leader === null) return;
    this.look();
    if (this.seen.size > 0) {
      this.signalAll(this.leader, 'SIGSTOP');
      this.look();
    }
    this.signalAll(this.leader, 'SIGKILL');
  }

  private signalAll(leader: number, name: 'SIGSTOP' | 'SIGKILL'): void {
    signal(-leader, name);
    for (const pid of this.seen.keys()) signal(pid, name);
  }

  /** The last look is taken while what the program left behind is still there. */
  async end(): Promise<GroupUsage> {
    if (this.leader === null) return { peakMemoryMib: null, cpuSec: null, oomKills: 0, processesRefused: 0 };
    const reapedSec = reapedCpu.of(performance.now() - this.startedMs);
    const endMs = performance.now() + endMsMax;
    this.kill();
    while (this.seen.size > 0 && performance.now() < endMs) {
      await sleep(5);
      this.kill();
    }
    endEscaped(this.name);
    const cpuSec = process.platform === 'linux' ? Math.max(await reapedSec, this.cpuSec) : null;
    const peakMemoryMib = this.peakMib === 0 ? null : Math.round(this.peakMib * 10) / 10;
    return { peakMemoryMib, cpuSec, oomKills: outOfMemoryKills() - this.oomKillsBefore, processesRefused: 0 };
  }
}

/** Null when one of them is not to be read. */
function partsOf(pids: Iterable<number>): number | null {
  let sumMib = 0;
  for (const pid of pids) {
    const partMib = proportionalMib(pid);
    if (partMib === null) return null;
    sumMib += partMib;
  }
  return sumMib;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended meanwhile.
  }
}
