import type { Resources } from '#contracts';

/** What one attempt may use. */
export interface JobLimits {
  /** Its weight among the jobs of a worker; idle cores may be used beyond. */
  readonly cores: number;
  readonly memoryMib: number;
  /** Processes and threads at once. */
  readonly processesMax: number;
  /** What its folder may hold; null: no bound. */
  readonly diskMib: number | null;
}

/** Enough for what starts a thread or two per core of a large machine, and few enough for a machine to bear. */
const processesLeast = 1_024;
const processesPerCore = 256;

export function limitsOf({ cores, memoryMib, diskMib }: Resources): JobLimits {
  const processesMax = Math.max(processesLeast, Math.ceil(cores * processesPerCore));
  return { cores, memoryMib, processesMax, diskMib };
}

/** Why an attempt was stopped by its limits. Past its disk or processes it is the payload's own fault: `error`. */
export interface LimitPassed {
  readonly reason: 'memory' | 'error';
  readonly message: string;
}

export const memoryPassed = ({ memoryMib }: JobLimits): LimitPassed => {
  return { reason: 'memory', message: `out of memory: it may use ${memoryMib} MiB (resources.memoryMib)` };
};

export const processesPassed = ({ processesMax }: JobLimits): LimitPassed => {
  return { reason: 'error', message: `too many processes: it may have ${processesMax} and threads count` };
};

export const diskPassed = (usedMib: number, diskMib: number): LimitPassed => {
  const message = `disk full: its folder holds ${Math.ceil(usedMib)} MiB of ${diskMib} (resources.diskMib)`;
  return { reason: 'error', message };
};
