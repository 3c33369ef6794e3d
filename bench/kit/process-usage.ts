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

function cpuSecOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The command's name, in parentheses, may hold spaces: user and system time are fields 14 and 15 of the line.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSec;
}

function mebibytes(status: string, field: string): number {
  const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1];
  return Math.round(Number(kibibytes ?? 0) / 1024);
}
