/** One cgroup, of either version of the kernel's interface: made for an attempt, gone after it. */
export interface Cgroup {
  /** Files that a process writes 0 to in order to enter. */
  readonly doors: readonly string[];
  oomKills(): number;
  processesRefused(): number;
  /** Null: the kernel does not tell. */
  cpuSec(): number | null;
  /**
   * What it held at most, less what it holds now; null: the kernel does not tell. When all its processes have ended, what
   * it still holds are files that the kernel keeps cached, and those are not what the attempt needs.
   */
  peakMib(): number | null;
  /** No process of it can start another from here on. */
  forbidForks(): void;
  /** Ends all of its processes at once, where the kernel can. @returns whether it can */
  killAtOnce(): boolean;
  pids(): number[];
  /** @throws NodeJS.ErrnoException EBUSY while a process of it is dying */
  remove(): void;
}

/** Where a worker may make cgroups. */
export interface CgroupPlace {
  readonly feature: 'cgroup1' | 'cgroup2';
  /** Each of them gets a folder for each group. */
  readonly folders: readonly string[];
  /** @throws NodeJS.ErrnoException when it cannot be made after all */
  make(name: string, limits: { cores: number; memoryMib: number; processesMax: number }): Cgroup;
}
