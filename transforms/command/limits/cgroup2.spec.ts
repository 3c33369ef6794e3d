// Version 2 where this machine has it, and else what is written to its files. A hierarchy without controllers still
// knows groups, their members and how to end them: that part is tried for real.
import { afterEach, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CgroupGroup } from './cgroup-group.js';
import { Cgroup2, Cgroup2Place } from './cgroup2.js';
import { readControl } from './control-file.js';
import { findCgroups, preparedGroup } from './find-cgroups.js';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const clean of cleanups.splice(0)) clean();
});

/** A folder that stands for a cgroup: the kernel's files are plain ones. */
function standIn(files: Record<string, string> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-cgroup-'));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** Where this process may make a group of version 2, or null. */
function realFolder(): string | null {
  const mount = /^\S+ \S+ \S+ \/ (\S+) .* - cgroup2 /m.exec(readControl('/proc/self/mountinfo') ?? '')?.[1];
  const own = /^0::(.*)$/m.exec(readControl('/proc/self/cgroup') ?? '')?.[1];
  if (mount === undefined || own === undefined) return null;
  const folder = join(mount, own, `sluice-${process.pid}-real`);
  try {
    mkdirSync(folder);
    return folder;
  } catch {
    return null;
  }
}
const real = realFolder();
const onRealCgroup2 = real === null ? test.skip : test;

const limits = { cores: 2.5, memoryMib: 300, processesMax: 77 };

test('limits are written where the kernel reads them, and no swap comes on top', () => {
  const folder = standIn();
  new Cgroup2Place(folder).make('a', limits);
  const written = (name: string) => readFileSync(join(folder, 'a', name), 'utf8');
  expect(['memory.max', 'memory.swap.max', 'memory.oom.group', 'pids.max', 'cpu.weight'].map(written)).toEqual([
    String(300 * 2 ** 20),
    '0',
    '1',
    '77',
    '250',
  ]);
});

test('what the kernel tells is read: peak without what is still cached, CPU, what it ended, what it refused', () => {
  const group = new Cgroup2(
    standIn({
      'memory.peak': String(200 * 2 ** 20),
      'memory.current': String(50 * 2 ** 20),
      'memory.events': 'low 0\nhigh 0\nmax 12\noom 1\noom_kill 3\noom_group_kill 1\n',
      'pids.events': 'max 4\n',
      'cpu.stat': 'usage_usec 2500000\nuser_usec 2000000\n',
    }),
  );
  expect([group.peakMib(), group.cpuSec(), group.oomKills(), group.processesRefused()]).toEqual([150, 2.5, 3, 4]);
});

test('a kernel that tells nothing is not taken to say 0', () => {
  const group = new Cgroup2(standIn());
  expect([group.peakMib(), group.cpuSec()]).toEqual([null, null]);
});

onRealCgroup2(
  'a program and a child that left its group and its parent are in the group, and end with it',
  async () => {
    const folder = real ?? '';
    const group = new CgroupGroup(new Cgroup2(folder), 1_000);
    const launch = group.wrap({
      program: 'sh',
      args: ['-c', `(setsid sleep 300 &) ; setsid sleep 300 & exec sleep 300`],
      env: { PATH: process.env['PATH'] ?? '' },
      cwd: '/',
    });
    const child = spawn(launch.program, launch.args, { cwd: '/', env: { ...launch.env }, detached: true });
    const exited = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));
    const members = () => (readControl(join(folder, 'cgroup.procs')) ?? '').split('\n').filter(Boolean);
    for (let look = 0; look < 400 && members().length < 3; look += 1) await new Promise((go) => setTimeout(go, 10));
    expect(members()).toContain(String(child.pid));
    expect(members()).toHaveLength(3);
    group.kill();
    expect(await exited).toBe('SIGKILL');
    await group.end();
    expect(existsSync(folder)).toBe(false);
  },
);

const facts = (given: { memberships: string; mounts: string }) => ({ pid: 42, ...given });
const mounted = (at: string, kind: string, options: string, root = '/') =>
  `30 25 0:26 ${root} ${at} rw,nosuid shared:5 - ${kind} cgroup rw,${options}\n`;

test('version 1 is found with its controllers mounted together or apart, also from within a container', () => {
  const [memory, pids, cpu] = [standIn(), standIn(), standIn()];
  for (const folder of [memory, pids, cpu]) mkdirSync(join(folder, 'job'));
  const memberships = '4:memory:/docker/7/job\n3:cpu,cpuacct:/docker/7/job\n2:pids:/docker/7/job\n0::/\n';
  const mounts =
    mounted(memory, 'cgroup', 'memory', '/docker/7') +
    mounted(cpu, 'cgroup', 'cpu,cpuacct', '/docker/7') +
    mounted(pids, 'cgroup', 'pids', '/docker/7');
  const place = findCgroups(facts({ memberships, mounts }));
  // The kernel's files vanish with their group and these do not: what matters is where they were tried.
  expect(place).toBeNull();
  const tried = [memory, pids, cpu].map((folder) => existsSync(join(folder, 'job', `sluice-${process.pid}-try`)));
  expect(tried).toEqual([true, true, true]);
});

test('where no controller is ours no group is made', () => {
  expect(findCgroups(facts({ memberships: '0::/\n', mounts: '' }))).toBeNull();
  expect(findCgroups(facts({ memberships: '', mounts: mounted('/sys/fs/cgroup', 'cgroup2', '') }))).toBeNull();
  const bare = standIn({ 'cgroup.controllers': 'cpu pids\n', 'cgroup.procs': '42\n' });
  expect(findCgroups(facts({ memberships: '0::/\n', mounts: mounted(bare, 'cgroup2', '') }))).toBeNull();
  expect(existsSync(join(bare, 'sluice-worker'))).toBe(false);
});

test('in version 2 a worker moves itself aside only when it is alone in its group', () => {
  const shared = standIn({ 'cgroup.controllers': 'cpu memory pids\n', 'cgroup.procs': '42\n43\n' });
  findCgroups(facts({ memberships: '0::/\n', mounts: mounted(shared, 'cgroup2', '') }));
  expect(existsSync(join(shared, 'sluice-worker'))).toBe(false);
  const own = standIn({ 'cgroup.controllers': 'cpu memory pids\n', 'cgroup.procs': '42\n' });
  findCgroups(facts({ memberships: '0::/\n', mounts: mounted(own, 'cgroup2', '') }));
  expect(readFileSync(join(own, 'sluice-worker', 'cgroup.procs'), 'utf8')).toBe('42');
  expect(readFileSync(join(own, 'cgroup.subtree_control'), 'utf8')).toBe('+memory +pids');
});

test('a folder that was prepared for it is used only when its children may be limited', () => {
  expect(preparedGroup(standIn({ 'cgroup.subtree_control': 'cpu\n' }))).toBeNull();
  expect(preparedGroup('/no/such/folder')).toBeNull();
});
