import { readFileSync } from 'node:fs';

/** What a process used so far. */
export interface ProcessUsage {
  cpuSec: number;
  /** Resident memory now, and the most since it started. */
  rssMib: number;
  peakRssMib: number;
}

/** Linux counts processor time in hundredths of a second. */
const ticksPerSec = 100;

/** Reads /proc. @returns zeroes when the process has ended. */
export function usageOf(pid: number): ProcessUsage {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return { cpuSec: cpuSecOf(pid), rssMib: mebibytes(status, 'VmRSS'), peakRssMib: mebibytes(status, 'VmHWM') };
  } catch {
    return { cpuSec: 0, rssMib: 0, peakRssMib: 0 };
  }
}

/** User and system time are fields 14 and 15 of the line, those of children that have ended 16 and 17. */
const cpuSecOf = (pid: number): number => ticks(statFields(pid).slice(11, 13));

/** From field 3 on: the command's name before it, in parentheses, may hold spaces. */
function statFields(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** Of a process and of all below it, also those that have ended: PostgreSQL with all of its servers. */
export function cpuSecOfTree(pid: number): number {
  try {
    const fields = statFields(pid);
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
    return children.reduce((sum, child) => sum + cpuSecOfTree(Number(child)), ticks(fields.slice(11, 15)));
  } catch {
    return 0;
  }
}

const ticks = (fields: string[]): number => fields.reduce((sum, field) => sum + Number(field), 0) / ticksPerSec;

function mebibytes(status: string, field: string): number {
  const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1];
  return Math.round(Number(kibibytes ?? 0) / 1024);
}
