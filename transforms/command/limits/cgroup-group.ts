import { accessSync, constants, existsSync, readdirSync, rmdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Launch } from '../launch.js';
import { processStat } from '../process-stat.js';
import type { Cgroup, CgroupPlace } from './cgroup.js';
import type { GroupLook, GroupUsage, JobGroup, JobGroups } from './job-group.js';

/** Exit code of the entering shell when a door is shut. */
export const notEnteredExitCode = 125;
/** Variables that a shell sets and exports by itself. */
const shellVariables = ['PWD', 'OLDPWD', 'SHLVL'];

/** Processes that one look reads. */
const processesMax = 1_000;
const endMsMax = 5_000;
const longestPauseMs = 100;

/** Groups of processes that the kernel holds to their limits. */
export class CgroupGroups implements JobGroups {
  /** Process numbers come again, so the time is part of the name. */
  private readonly prefix = `sluice-${process.pid}-${Date.now().toString(36)}`;
  private made = 0;

  constructor(private readonly place: CgroupPlace) {
    for (const folder of place.folders) removeLeftovers(folder);
  }

  get feature(): 'cgroup1' | 'cgroup2' {
    return this.place.feature;
  }

  make(limits: { cores: number; memoryMib: number; processesMax: number }): JobGroup {
    this.made += 1;
    return new CgroupGroup(this.place.make(`${this.prefix}-${this.made}`, limits), limits.memoryMib);
  }
}

/**
 * G1 The program starts inside: a shell enters and becomes it, so that nothing it does first is outside.
 * G2 Whatever it starts stays inside, also what leaves its process group or loses its parent.
 */
export class CgroupGroup implements JobGroup {
  readonly isExact = true;
  private seenMib = 0;

  /** @param memoryMib what the kernel holds it to */
  constructor(
    private readonly cgroup: Cgroup,
    private readonly memoryMib: number,
  ) {}

  /** A program that cannot be found is started as it is: the error then is the system's own. */
  wrap(launch: Launch): Launch {
    if (!isFound(launch)) return launch;
    const given = shellVariables.filter((name) => name in launch.env);
    const values = given.map((name) => launch.env[name] ?? '');
    const args = [
      '-c',
      enterScript(given),
      'sh',
      ...this.cgroup.doors,
      '--',
      ...values,
      launch.program,
      ...launch.args,
    ];
    return { ...launch, program: '/bin/sh', args };
  }

  begin(): void {
    // Its processes are known without.
  }

  /** Memory is what its processes have, files that they map included; the kernel holds them to less than that. */
  look(): GroupLook {
    let memoryMib = 0;
    for (const pid of this.cgroup.pids().slice(0, processesMax)) {
      const stat = processStat(pid);
      memoryMib += stat?.rssMib ?? 0;
      this.seenMib = Math.max(this.seenMib, stat?.peakMib ?? 0);
    }
    this.seenMib = Math.max(this.seenMib, memoryMib);
    const { cgroup } = this;
    return { memoryMib, overMemory: cgroup.oomKills() > 0, overProcesses: cgroup.processesRefused() > 0 };
  }

  kill(): void {
    if (this.cgroup.killAtOnce()) return;
    this.cgroup.forbidForks(); // else a fork bomb is faster than we are
    for (const pid of this.cgroup.pids()) killProcess(pid);
  }

  async end(): Promise<GroupUsage> {
    const endMs = performance.now() + endMsMax;
    let pauseMs = 1;
    while (this.cgroup.pids().length > 0 && performance.now() < endMs) {
      this.kill();
      await sleep(pauseMs);
      pauseMs = Math.min(longestPauseMs, pauseMs * 2);
    }
    const usage = this.usage();
    await this.remove(endMs);
    return usage;
  }

  private usage(): GroupUsage {
    const { cgroup } = this;
    const peakMib = Math.min(this.memoryMib, Math.max(this.seenMib, cgroup.peakMib() ?? 0));
    return {
      peakMemoryMib: peakMib === 0 ? null : Math.round(peakMib * 10) / 10,
      cpuSec: cgroup.cpuSec(),
      oomKills: cgroup.oomKills(),
      processesRefused: cgroup.processesRefused(),
    };
  }

  /** One that cannot be removed in time stays, empty: it costs the kernel a little, not the job. */
  private async remove(endMs: number): Promise<void> {
    for (let pauseMs = 1; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
      try {
        return this.cgroup.remove();
      } catch {
        if (performance.now() >= endMs) return;
        await sleep(pauseMs);
      }
    }
  }
}

/** Enters each door up to `--`, sets or unsets what a shell exports by itself, and becomes the program. */
function enterScript(given: readonly string[]): string {
  const own = shellVariables.filter((name) => !given.includes(name));
  const restore = given.map((name) => `export ${name}="$1"; shift; `).join('');
  const enter = `while [ "$1" != -- ]; do echo 0 > "$1" || exit ${notEnteredExitCode}; shift; done; shift; `;
  return `${enter}unset -v ${own.join(' ')}; ${restore}exec "$@"`;
}

/** Empty groups of workers that died. One that has a process cannot be removed. */
function removeLeftovers(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = /^sluice-(\d+)-/.exec(name)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    try {
      rmdirSync(join(folder, name));
    } catch {
      // What a dead worker started still runs in it.
    }
  }
}

function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

/** Whether the system would find the program and may start it, looked for as it does. */
function isFound({ program, env, cwd, args }: Launch): boolean {
  if ([program, ...args].some((word) => word.includes('\0'))) return false;
  if (program.includes('/')) return isProgram(resolve(cwd, program));
  const folders = (env['PATH'] ?? '').split(':');
  return folders.some((folder) => isProgram(join(resolve(cwd, folder), program)));
}

function isProgram(path: string): boolean {
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return false;
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
