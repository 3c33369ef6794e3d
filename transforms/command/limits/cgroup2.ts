import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Cgroup, CgroupPlace } from './cgroup.js';
import { controlField, controlNumber, offerControl, readControl, writeControl } from './control-file.js';

const mib = 2 ** 20;
/** cpu.weight of one core; the kernel takes 1-10,000. */
const weightPerCore = 100;

/** Cgroups of version 2: folders in one that has the controllers memory and pids on for its children. */
export class Cgroup2Place implements CgroupPlace {
  readonly feature = 'cgroup2';

  constructor(private readonly folder: string) {}

  get folders(): readonly string[] {
    return [this.folder];
  }

  make(name: string, limits: { cores: number; memoryMib: number; processesMax: number }): Cgroup {
    const folder = join(this.folder, name);
    mkdirSync(folder);
    writeControl(join(folder, 'memory.max'), limits.memoryMib * mib);
    offerControl(join(folder, 'memory.swap.max'), 0);
    offerControl(join(folder, 'memory.oom.group'), 1); // the attempt ends as a whole
    writeControl(join(folder, 'pids.max'), limits.processesMax);
    const weight = Math.round(limits.cores * weightPerCore);
    offerControl(join(folder, 'cpu.weight'), Math.min(10_000, Math.max(1, weight)));
    return new Cgroup2(folder);
  }
}

export class Cgroup2 implements Cgroup {
  readonly doors: readonly string[];

  constructor(private readonly folder: string) {
    this.doors = [join(folder, 'cgroup.procs')];
  }

  oomKills(): number {
    return controlField(this.read('memory.events'), 'oom_kill');
  }

  processesRefused(): number {
    return controlField(this.read('pids.events'), 'max');
  }

  cpuSec(): number | null {
    const stat = this.read('cpu.stat');
    return stat === null ? null : controlField(stat, 'usage_usec') / 1e6;
  }

  peakMib(): number | null {
    const peak = controlNumber(join(this.folder, 'memory.peak')); // from Linux 5.19 on
    return peak === 0 ? null : Math.max(0, peak - controlNumber(join(this.folder, 'memory.current'))) / mib;
  }

  forbidForks(): void {
    offerControl(join(this.folder, 'pids.max'), 0);
  }

  /** From Linux 5.14 on. */
  killAtOnce(): boolean {
    return this.read('cgroup.events') !== null && offerControl(join(this.folder, 'cgroup.kill'), 1);
  }

  pids(): number[] {
    return (this.read('cgroup.procs') ?? '').split('\n').filter(Boolean).map(Number);
  }

  remove(): void {
    try {
      rmdirSync(this.folder);
    } catch (fault) {
      if ((fault as NodeJS.ErrnoException).code !== 'ENOENT') throw fault;
    }
  }

  private read(name: string): string | null {
    return readControl(join(this.folder, name));
  }
}
