import { readFileSync } from 'node:fs';

/** What the kernel says of one process. */
export interface ProcessStat {
  /** Its own and that of children it has waited for. */
  cpuSec: number;
  rssMib: number;
  /** The most it ever had at once. */
  peakMib: number;
  threads: number;
  /** When it began, in the kernel's ticks: with its number it names the process for ever. */
  startTicks: number;
}

/** The kernel counts CPU time in these; 100 on every Linux that Node runs on. */
const ticksPerSec = 100;

/** @returns null when the process has ended, waited for or not, or where there is no /proc (macOS). */
export function processStat(pid: number | 'self'): ProcessStat | null {
  const stat = readProc(`${pid}/stat`);
  const status = readProc(`${pid}/status`);
  if (stat === null || status === null || /\) [ZX] /.test(stat)) return null;
  const fields = statFields(stat);
  const cpuSec = fields.slice(0, 4).reduce((sum, ticks) => sum + ticks, 0) / ticksPerSec;
  const [threads = 1, startTicks = 0] = [fields[6], fields[8]];
  const memory = { rssMib: kibOf('VmRSS', status) / 1_024, peakMib: kibOf('VmHWM', status) / 1_024 };
  return { cpuSec, ...memory, threads, startTicks };
}

/** CPU seconds of all children of this process that have ended and were waited for. 0 without /proc. */
export function reapedCpuSec(): number {
  const stat = readProc('self/stat');
  if (stat === null) return 0;
  const [, , childUser = 0, childSystem = 0] = statFields(stat);
  return (childUser + childSystem) / ticksPerSec;
}

/** Child processes of a process's first thread; empty where the kernel does not tell. */
export function childrenOf(pid: number): number[] {
  const text = readProc(`${pid}/task/${pid}/children`) ?? '';
  return text
    .split(' ')
    .filter((word) => word !== '')
    .map(Number);
}

/** Processes that the kernel has ended for want of memory since boot, on the whole machine; 0 when it does not tell. */
export function outOfMemoryKills(): number {
  return Number(/^oom_kill (\d+)$/m.exec(readProc('vmstat') ?? '')?.[1] ?? 0);
}

/** What a process has in memory, its part of what it shares; null when that is not to be read. */
export function proportionalMib(pid: number): number | null {
  const rollup = readProc(`${pid}/smaps_rollup`);
  return rollup === null || rollup === '' ? null : kibOf('Pss', rollup) / 1_024;
}

/** Fields 14-22 of /proc/PID/stat. The name in field 2 may hold spaces and brackets, so count from its last bracket. */
function statFields(stat: string): number[] {
  return stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 20)
    .map(Number);
}

function kibOf(key: string, status: string): number {
  return Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
}

function readProc(path: string): string | null {
  try {
    return readFileSync(`/proc/${path}`, 'utf8');
  } catch {
    return null;
  }
}
