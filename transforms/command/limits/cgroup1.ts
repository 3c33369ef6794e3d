import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Cgroup, CgroupPlace } from './cgroup.js';
import { controlField, controlNumber, offerControl, readControl, writeControl } from './control-file.js';

/** The worker's own folder in each hierarchy; cpu and cpuacct may be the same, or missing. */
export interface Cgroup1Folders {
  memory: string;
  pids: string;
  cpu: string | null;
  cpuacct: string | null;
}

const mib = 2 ** 20;
/** cpu.shares of one core. */
const sharesPerCore = 1_024;

/** Cgroups of version 1: a folder in each of several hierarchies. */
export class Cgroup1Place implements CgroupPlace {
  readonly feature = 'cgroup1';

  constructor(private readonly own: Cgroup1Folders) {}

  get folders(): readonly string[] {
    return distinct(this.own);
  }

  make(name: string, limits: { cores: number; memoryMib: number; processesMax: number }): Cgroup {
    const { memory, pids, cpu, cpuacct } = this.own;
    const within = (folder: string | null): string | null => (folder === null ? null : join(folder, name));
    const folders = { memory: join(memory, name), pids: join(pids, name), cpu: within(cpu), cpuacct: within(cpuacct) };
    const group = new Cgroup1(folders);
    for (const folder of group.folders) mkdirSync(folder);
    const bytes = limits.memoryMib * mib;
    writeControl(join(folders.memory, 'memory.limit_in_bytes'), bytes);
    offerControl(join(folders.memory, 'memory.memsw.limit_in_bytes'), bytes); // no swap on top
    writeControl(join(folders.pids, 'pids.max'), limits.processesMax);
    if (folders.cpu !== null) {
      offerControl(join(folders.cpu, 'cpu.shares'), Math.max(2, Math.round(limits.cores * sharesPerCore)));
    }
    return group;
  }
}

class Cgroup1 implements Cgroup {
  readonly folders: readonly string[];
  readonly doors: readonly string[];

  constructor(private readonly parts: Cgroup1Folders) {
    this.folders = distinct(parts);
    this.doors = this.folders.map((folder) => join(folder, 'cgroup.procs'));
  }

  oomKills(): number {
    return controlField(readControl(join(this.parts.memory, 'memory.oom_control')), 'oom_kill');
  }

  processesRefused(): number {
    return controlField(readControl(join(this.parts.pids, 'pids.events')), 'max');
  }

  cpuSec(): number | null {
    const { cpuacct } = this.parts;
    return cpuacct === null ? null : controlNumber(join(cpuacct, 'cpuacct.usage')) / 1e9;
  }

  peakMib(): number {
    const bytes = (name: string): number => controlNumber(join(this.parts.memory, `memory.${name}_in_bytes`));
    return Math.max(0, bytes('max_usage') - bytes('usage')) / mib;
  }

  forbidForks(): void {
    offerControl(join(this.parts.pids, 'pids.max'), 0);
  }

  killAtOnce(): boolean {
    return false;
  }

  pids(): number[] {
    return (readControl(join(this.parts.pids, 'cgroup.procs')) ?? '').split('\n').filter(Boolean).map(Number);
  }

  remove(): void {
    for (const folder of this.folders) removeFolder(folder);
  }
}

/** Memory last: what was charged none has not entered all. */
const distinct = ({ memory, pids, cpu, cpuacct }: Cgroup1Folders): string[] =>
  [...new Set([pids, cpu, cpuacct, memory])].filter((folder) => folder !== null);

/** One that is gone is fine: removing is repeated until all are. */
function removeFolder(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code !== 'ENOENT') throw fault;
  }
}
