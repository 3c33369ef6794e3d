/**
 * Goal: what a hostile program tries fails in the sandbox. Each escape is a program that ends well when it got out, and
 * is run twice: without a sandbox it must get out (or else the test could not fail), with one it must not.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { findTestBwrap } from '#test-kit';
import { noIsolation } from '#transform-sdk';
import { EscapeRig, hasDefaultRoute, ownAddress } from './escape-rig.js';

const bwrap = await findTestBwrap();
if ('missing' in bwrap) process.stderr.write(`escapes are not tried, since no sandbox works here: ${bwrap.missing}\n`);
const sandboxTest = 'missing' in bwrap ? test.skip : test;

const isRoot = process.getuid?.() === 0;
const yama = '/proc/sys/kernel/yama/ptrace_scope';
const mayTrace = isRoot || !existsSync(yama) || readFileSync(yama, 'utf8').startsWith('0');
const address = ownAddress();

interface Escape {
  what: string;
  /** A shell line that ends with 0 when it got out. */
  line: (rig: EscapeRig) => string | Promise<string>;
  /** Why it does not get out on this machine without a sandbox either; null: it does. */
  needs?: string | null;
}

/** A system call by its number on x64, by perl, which is on every Debian; it got out unless the call was refused. */
const systemCall = (...words: (number | string)[]): string =>
  `perl -e 'my $n = syscall(${words.join(', ')}); exit($n == -1 ? $!{EPERM} ? 1 : 2 : 0)'`;
const rootOnly = isRoot ? null : 'only root can';
const onX64 =
  process.arch === 'x64' && existsSync('/usr/bin/perl') ? null : 'the numbers are those of x64, and perl calls';

const escapes: Escape[] = [
  { what: "reads the worker's token", line: (rig) => `cat ${rig.tokenFile}` },
  { what: "reads the worker's folder", line: (rig) => `ls ${rig.workDir}` },
  { what: "reads another attempt's folder", line: (rig) => `cat ${rig.secretFile('work/attempts/other')}` },
  { what: "reads the home of the worker's user", line: () => `ls ${homedir()}` },
  { what: "reads a stranger's file in /tmp", line: (rig) => `cat ${rig.secretFile('plain')}` },
  { what: 'reads the hashes of passwords', line: () => 'test -s /etc/shadow && cat /etc/shadow', needs: rootOnly },
  {
    what: "reads another process's environment",
    line: async (rig) => `cat /proc/${await rig.neighbour()}/environ | grep -q CANARY`,
  },
  { what: 'finds the secret in any environment', line: (rig) => `grep -lqa ${rig.secret} /proc/[0-9]*/environ` },
  { what: 'sees the worker among the processes', line: () => `grep -qa 'je[s]t' /proc/[0-9]*/cmdline` },
  { what: 'ends a neighbour', line: async (rig) => `kill -9 ${await rig.neighbour()}` },
  { what: 'signals the worker', line: () => `kill -0 ${process.pid}` },
  {
    what: 'traces a neighbour',
    line: async (rig) => `exec 3</proc/${await rig.neighbour()}/mem`,
    needs: mayTrace ? null : 'Yama refuses',
  },
  {
    what: 'reaches a server on this machine (its PostgreSQL, its NATS)',
    line: async (rig) => rig.connecting({ host: '127.0.0.1', port: await rig.server({ host: '127.0.0.1' }) }),
  },
  {
    what: "reaches a server by this machine's own address",
    line: async (rig) => rig.connecting({ host: address, port: await rig.server({ host: '0.0.0.0' }) }),
    needs: address === null ? 'it has none' : null,
  },
  {
    what: "sends to the cloud's metadata service",
    line: () => `bash -c 'echo > /dev/udp/169.254.169.254/80'`,
    needs: hasDefaultRoute() ? null : 'there is no way out',
  },
  {
    what: 'reaches a socket in the file system (/run/docker.sock)',
    line: async (rig) => {
      await rig.server({ path: rig.path('daemon.sock') });
      return rig.connecting({ path: rig.path('daemon.sock') });
    },
  },
  {
    what: 'reaches a socket without a file',
    line: async (rig) => {
      await rig.server({ path: `\0${rig.secret}` });
      return `grep -q @${rig.secret} /proc/net/unix`;
    },
  },
  {
    what: 'writes below /usr',
    line: () => 'touch /usr/local/sluice-escape && rm /usr/local/sluice-escape',
    needs: rootOnly,
  },
  { what: 'writes below /etc', line: () => 'touch /etc/sluice-escape && rm /etc/sluice-escape', needs: rootOnly },
  {
    what: 'sets where the kernel sends core dumps',
    line: () => 'f=/proc/sys/kernel/core_pattern; cat $f > kept && cat kept > $f',
    needs: rootOnly,
  },
  {
    what: "sets another of the kernel's settings",
    line: () => 'f=/proc/sys/vm/swappiness; cat $f > kept && cat kept > $f',
    needs: rootOnly,
  },
  {
    what: 'finds a disk among the devices',
    line: () => 'test -n "$(find /dev -type b)" -o -e /dev/mem -o -e /dev/kmsg',
  },
  { what: 'makes a device', line: () => 'mknod disk b 7 0', needs: rootOnly },
  { what: 'mounts', line: () => 'mkdir m && mount -t tmpfs none m && umount m', needs: rootOnly },
  { what: 'changes its root', line: () => 'chroot / true', needs: rootOnly },
  { what: 'makes a user namespace', line: () => 'unshare -U true' },
  { what: 'makes one as a child', line: () => systemCall('56', '0x10000000 | 17', '0, 0, 0, 0'), needs: onX64 },
  { what: 'finds the control groups (release_agent)', line: () => 'test -n "$(ls /sys/fs/cgroup)"' },
  { what: "looks into the kernel's keyrings", line: () => systemCall(250, 0, -3, 0), needs: onX64 },
  { what: 'may gain privileges by a setuid program', line: () => "grep -q '^NoNewPrivs:.0' /proc/self/status" },
  { what: 'has a capability', line: () => "! grep -q '^CapEff:.0000000000000000' /proc/self/status", needs: rootOnly },
  { what: 'sees more than its own process tree', line: () => 'test $(ls -d /proc/[0-9]* | wc -l) -gt 6' },
];

let rig: EscapeRig;
beforeAll(async () => {
  rig = await EscapeRig.start(bwrap);
});
afterAll(() => rig.stop());

for (const { what, line, needs = null } of escapes) {
  sandboxTest(`in a sandbox no program ${what}`, async () => {
    const cmdline = await line(rig);
    const kept = await rig.run({ command: { cmdline } }, rig.sandboxed);
    expect(kept).toMatchObject({ outcome: 'failed', reason: 'error' });
    expect(kept.stdout + (kept.message ?? '')).not.toContain(rig.secret);
    if (needs !== null) return;
    expect(await rig.run({ command: { cmdline } }, noIsolation)).toMatchObject({ outcome: 'finished' });
  });
}
