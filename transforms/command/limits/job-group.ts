import type { Launch } from '../launch.js';

/** What all processes of one attempt are doing at one moment. */
export interface GroupLook {
  memoryMib: number;
  /** They have used more memory than they may: the kernel has ended one of them for it, or they were seen to have more. */
  overMemory: boolean;
  /** They have more processes than they may, or were refused another. */
  overProcesses: boolean;
}

/** What they used in all. Null: not known. */
export interface GroupUsage {
  peakMemoryMib: number | null;
  cpuSec: number | null;
  /** Processes that the kernel has ended for want of memory: of the group if it is exact, else on the whole machine. */
  oomKills: number;
  /** How often it was refused another process. */
  processesRefused: number;
}

/** All processes of one attempt, held together however they were started. One is made for each attempt. */
export interface JobGroup {
  /** Whether the kernel itself keeps the group within its memory, so that looking seldom is enough. */
  readonly isExact: boolean;
  /** @returns the launch whose program starts as the group's first process */
  wrap(launch: Launch): Launch;
  /** Tells it its first process, once that runs. */
  begin(pid: number): void;
  look(): GroupLook;
  /** Ends all at once. What dies slowly is waited for by `end`. */
  kill(): void;
  /** Ends what is left, whoever started it, and takes the group down. Within 5 s, whatever happens. */
  end(): Promise<GroupUsage>;
}

/** Makes the groups of one worker. */
export interface JobGroups {
  /** What a worker tells at its register of how it holds jobs to their limits; null: nothing special. */
  readonly feature: 'cgroup1' | 'cgroup2' | null;
  make(limits: { cores: number; memoryMib: number; processesMax: number }): JobGroup;
}
