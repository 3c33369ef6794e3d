// What an attempt may use, held by real programs in each way that this machine has: by cgroups, and by looking.
import { afterEach, describe, expect, test } from '@jest/globals';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Resources } from '#contracts';
import { runTransform, type Trial } from '#transform-sdk';
import { commandHeldBy } from '../command.js';
import { CgroupGroups } from './cgroup-group.js';
import { readControl } from './control-file.js';
import { findCgroups } from './find-cgroups.js';
import type { JobGroup, JobGroups } from './job-group.js';
import { limitsOf } from './job-limits.js';
import { SampledGroups } from './sampled-group.js';

const folders: string[] = [];
afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

const onLinux = process.platform === 'linux';
const place = onLinux
  ? findCgroups({
      memberships: readControl('/proc/self/cgroup') ?? '',
      mounts: readControl('/proc/self/mountinfo') ?? '',
      pid: process.pid,
    })
  : null;

/** Allocates so many MiB in steps, then says so and holds them for a while. No single quote in it: a shell gets it in some. */
const takes = (mib: number, holdMs = 200) =>
  `const b = []; const step = () => { b.push(Buffer.alloc(16 * 2 ** 20, 1)); ` +
  `if (b.length * 16 < ${mib}) setTimeout(step, 5); else { console.log("took"); setTimeout(() => 0, ${holdMs}); } }; step();`;

let job = 0;
async function run(
  groups: JobGroups,
  argv: string[],
  resources: Partial<Resources> = {},
  processesMax = 1_024,
): Promise<Trial & { stdout: string }> {
  const limits = (asked: Resources) => ({ ...limitsOf(asked), processesMax });
  const held = commandHeldBy({ groups: () => groups, limits });
  const facts = { workflow: `w-limits${process.pid}`, ordinal: (job += 1) };
  const seen = await runTransform(held, { command: { argv }, resources, job: facts });
  if (seen.workFolder !== null) folders.push(seen.workFolder);
  const said = join(seen.workFolder ?? '', 'stdout');
  return { ...seen, stdout: existsSync(said) ? readFileSync(said, 'utf8') : '' };
}
const node = (program: string) => [process.execPath, '-e', program];
const sh = (line: string) => ['/bin/sh', '-c', line];

/** An ended process that nobody has waited for yet still has its number; its state tells. */
const isAlive = (pid: number): boolean => {
  const stat = readControl(`/proc/${pid}/stat`);
  return stat !== null && !/\) [ZX] /.test(stat);
};
async function gone(pid: number): Promise<boolean> {
  for (let look = 0; look < 800 && isAlive(pid); look += 1) await new Promise((resolve) => setTimeout(resolve, 25));
  return pid > 1 && !isAlive(pid);
}

const ways: { name: string; groups: JobGroups | null; bySampling: boolean }[] = [
  { name: 'cgroups', groups: place === null ? null : new CgroupGroups(place), bySampling: false },
  { name: 'looking', groups: onLinux ? new SampledGroups() : null, bySampling: true },
];

/** Groups held by looking, on a machine where the kernel has meanwhile ended so many processes for want of memory. */
class ShortOfMemory extends SampledGroups {
  constructor(private readonly oomKills: number) {
    super();
  }

  override make(limits: { memoryMib: number; processesMax: number }): JobGroup {
    const group = super.make(limits);
    const end = group.end.bind(group);
    group.end = async () => ({ ...(await end()), oomKills: this.oomKills });
    return group;
  }
}

test.each([
  { oomKills: 1, ended: 'kill -9 $$', reason: 'memory' },
  { oomKills: 1, ended: `sh -c 'kill -9 $$'`, reason: 'memory' },
  { oomKills: 0, ended: `sh -c 'kill -9 $$'`, reason: 'error' },
  { oomKills: 1, ended: 'exit 3', reason: 'error' },
])('a program ending by `$ended` while the kernel took $oomKills for memory: $reason', async (each) => {
  // A child that the kernel took is told by the shell that waited for it, with an exit code.
  expect(await run(new ShortOfMemory(each.oomKills), sh(`${each.ended}; exit $?`))).toMatchObject({
    reason: each.reason,
  });
});

for (const { name, groups, bySampling } of ways) {
  // Where a machine lends us no cgroup there is nothing to try; looking is tried on every Linux.
  const here = groups === null ? describe.skip : describe;
  here(`held by ${name}`, () => {
    const by = groups ?? new SampledGroups();

    test('a program over its memory ends with reason `memory` and its peak, and its neighbour lives', async () => {
      const [greedy, modest] = await Promise.all([
        run(by, node(takes(1_000)), { memoryMib: 200 }),
        run(by, node(takes(100)), { memoryMib: 400 }),
      ]);
      expect(greedy).toMatchObject({ outcome: 'failed', reason: 'memory' });
      expect(greedy.message).toContain('out of memory: it may use 200 MiB (resources.memoryMib)');
      expect(greedy.usage.peakMemoryMib).toBeGreaterThan(150);
      expect(greedy.usage.peakMemoryMib).toBeLessThan(bySampling ? 1_000 : 201);
      expect(modest).toMatchObject({ outcome: 'finished', stdout: 'took\n' });
      expect(modest.usage.peakMemoryMib).toBeGreaterThan(100);
    }, 30_000);

    test('memory that its children take together counts', async () => {
      const child = `${process.execPath} -e '${takes(100, 20_000)}'`;
      const seen = await run(by, sh(`${child} & a=$!; ${child} & b=$!; ${child} & wait $a && wait $b && wait $!`), {
        memoryMib: 220,
      });
      const message = expect.stringContaining('out of memory: it may use 220 MiB');
      expect(seen).toMatchObject({ outcome: 'failed', reason: 'memory', message });
    }, 30_000);

    // One that doubles is stopped by cgroups only: looking is slower than it is.
    test('a program that forks without end is stopped at its bound, and nothing of it is left', async () => {
      const grow = bySampling ? 'sleep 60 & sleep 0.02' : 'b & b & sleep 60';
      const bomb = bySampling ? `while :; do ${grow}; done` : `b() { ${grow}; }; b; wait`;
      const seen = await run(by, sh(bomb), {}, 40);
      expect(seen).toMatchObject({ outcome: 'failed', reason: 'error' });
      expect(seen.message).toContain('too many processes: it may have 40');
      const left = readdirSync('/proc').filter((pid) => {
        const environ = /^\d+$/.test(pid) ? readControl(`/proc/${pid}/environ`) : null;
        return environ?.includes(`SLUICE_ORDINAL=${job}\0`) === true && environ.includes(`w-limits${process.pid}`);
      });
      for (const pid of left) expect(await gone(Number(pid))).toBe(true);
    }, 30_000);

    test('a child that left its process group is ended with its attempt', async () => {
      const seen = await run(by, sh('setsid sleep 300 & echo $!; sleep 0.5'));
      expect(seen.outcome).toBe('finished');
      expect(await gone(Number(seen.stdout))).toBe(true);
    }, 30_000);

    test('a child that lost its parent and its group at once is ended with its attempt', async () => {
      const seen = await run(by, sh(`(setsid sh -c 'echo $$; exec sleep 300' &); sleep 0.1`));
      expect(await gone(Number(seen.stdout))).toBe(true);
    }, 30_000);

    test('a folder that grows over its disk ends the attempt with what it held', async () => {
      const line = 'i=0; while :; do mkdir -p d$i; head -c 4000000 /dev/zero > d$i/f; i=$((i+1)); sleep 0.05; done';
      const seen = await run(by, sh(line), { diskMib: 12 });
      expect(seen).toMatchObject({ outcome: 'failed', reason: 'error' });
      expect(seen.message).toMatch(/disk full: its folder holds \d+ MiB of 12 \(resources.diskMib\)/);
    }, 30_000);

    test('what a program and its children used is reported', async () => {
      const burn = `while (process.cpuUsage().user < 300_000);`;
      const { usage } = await run(by, sh(`${process.execPath} -e '${burn}'; ${process.execPath} -e '${burn}'`));
      expect(usage.cpuSec).toBeGreaterThan(0.2);
      expect(usage.cpuSec).toBeLessThan(5);
      expect(usage.peakMemoryMib).toBeGreaterThan(20);
    }, 30_000);

    test('a program sees its own environment, also where that says PWD', async () => {
      const limits = { groups: () => by, limits: limitsOf };
      const trial = await runTransform(commandHeldBy(limits), { command: { argv: ['env'] }, env: { PWD: '/x' } });
      folders.push(trial.workFolder ?? '');
      const lines = readFileSync(join(trial.workFolder ?? '', 'stdout'), 'utf8').split('\n');
      expect(lines).toContain('PWD=/x');
      expect(lines.filter((line) => /^(OLDPWD|SHLVL)=/.test(line))).toEqual([]);
    });

    test('a program that is not there is told as such, and costs nothing that stays', async () => {
      expect(await run(by, ['no-such-program'])).toMatchObject({ reason: 'error', usage: { exitCode: 127 } });
      expect(place?.folders.flatMap((folder) => readdirSync(folder).filter(isOurs)) ?? []).toEqual([]);
    });

    test('many at once each have their own limits, and no group stays', async () => {
      const trials = await Promise.all(
        Array.from({ length: 20 }, (_, no) => run(by, sh('sleep 0.1; exit 0'), { memoryMib: 50 + no, cores: 1 + no })),
      );
      expect(trials.map(({ outcome }) => outcome)).toEqual(trials.map(() => 'finished'));
      expect(place?.folders.flatMap((folder) => readdirSync(folder).filter(isOurs)) ?? []).toEqual([]);
    }, 30_000);
  });
}

const isOurs = (name: string): boolean => name.startsWith(`sluice-${process.pid}-`);
