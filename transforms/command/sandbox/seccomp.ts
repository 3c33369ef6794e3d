/**
 * Owns the system calls that programs in a sandbox are refused: what a payload has no use for and what namespaces do not
 * keep apart. The filter is a classic BPF program as seccomp(2) reads it.
 *
 * F1 Kernel keyrings are not in any namespace: the worker's tickets would be shared with its jobs.
 * F2 No new user namespace: inside one a program has every capability over kernel code that few have reviewed.
 * F3 clone3() and the calls of other architectures are answered "no such call": their arguments cannot be looked at.
 *    C libraries then fall back to clone(); programs for 32 bits do not run.
 */
import { endianness } from 'node:os';

/** Numbers of system calls by `process.arch`; source: the kernel's syscall_64.tbl and asm-generic/unistd.h. */
const refusedCalls: Readonly<Record<string, readonly number[]>> = {
  // ptrace, kexec_load, kexec_file_load, init_module, finit_module, delete_module, bpf, perf_event_open, userfaultfd,
  // add_key, request_key, keyctl, mount, umount2, pivot_root, chroot, setns, unshare, swapon, swapoff, reboot, acct,
  // quotactl, open_by_handle_at, io_uring_setup, open_tree, move_mount, fsopen, fsconfig, fsmount, fspick,
  // mount_setattr, syslog, iopl, ioperm
  x64: [
    101, 246, 320, 175, 313, 176, 321, 298, 323, 248, 249, 250, 165, 166, 155, 161, 308, 272, 167, 168, 169, 163, 179,
    304, 425, 428, 429, 430, 431, 432, 433, 442, 103, 172, 173,
  ],
  // The same but for iopl and ioperm, which this architecture does not have.
  arm64: [
    117, 104, 294, 105, 273, 106, 280, 241, 282, 217, 218, 219, 40, 39, 41, 51, 268, 97, 224, 225, 142, 89, 60, 265,
    425, 428, 429, 430, 431, 432, 433, 442, 116,
  ],
};

const architectures: Readonly<Record<string, { audit: number; clone: number; socket: number; ioctl: number }>> = {
  x64: { audit: 0xc000003e, clone: 56, socket: 41, ioctl: 16 },
  arm64: { audit: 0xc00000b7, clone: 220, socket: 198, ioctl: 29 },
};

const clone3 = 435;
/** Calls of the x32 flavour of x64 carry this bit. */
const x32Bit = 0x40000000;
const cloneNewUser = 0x10000000;
/** Machines talk with their hypervisor through it, past every network namespace. */
const afVsock = 40;
/** ioctls that type into a terminal: TIOCSTI and TIOCLINUX. */
const typingIoctls = [0x5412, 0x541c];

const allow = 0x7fff0000;
const refuse = 0x00050001; // EPERM
const unknown = 0x00050026; // ENOSYS

/** Offsets in struct seccomp_data; of an argument its low half. */
const offsetOf = { call: 0, audit: 4, argument: (index: number): number => 16 + 8 * index } as const;

const load = 0x20;
const jumpIfEqual = 0x15;
const jumpIfAtLeast = 0x35;
const jumpIfAnyBit = 0x45;
const answer = 0x06;

type Instruction = readonly [code: number, jumpTrue: number, jumpFalse: number, value: number];

/** @returns the filter for programs of this architecture, or null where we have none: then namespaces must do. */
export function seccompFilter(arch: string = process.arch): Buffer | null {
  const numbers = architectures[arch];
  const refused = refusedCalls[arch];
  if (numbers === undefined || refused === undefined || endianness() !== 'LE') return null;
  return bytesOf([
    [load, 0, 0, offsetOf.audit],
    ...answerUnless(numbers.audit, unknown),
    [load, 0, 0, offsetOf.call],
    [jumpIfAtLeast, 0, 1, x32Bit],
    [answer, 0, 0, unknown],
    ...answerIf(clone3, unknown),
    ...refused.flatMap((call) => answerIf(call, refuse)),
    ...checkArgument(numbers.clone, 0, [[jumpIfAnyBit, 0, 1, cloneNewUser]]),
    ...checkArgument(numbers.socket, 0, [[jumpIfEqual, 0, 1, afVsock]]),
    ...checkArgument(
      numbers.ioctl,
      1,
      typingIoctls.map((request): Instruction => [jumpIfEqual, 0, 1, request]),
    ),
    [answer, 0, 0, allow],
  ]);
}

const answerIf = (call: number, value: number): Instruction[] => [
  [jumpIfEqual, 0, 1, call],
  [answer, 0, 0, value],
];

const answerUnless = (audit: number, value: number): Instruction[] => [
  [jumpIfEqual, 1, 0, audit],
  [answer, 0, 0, value],
];

/** Refuses one call when a test of its argument holds, and allows it otherwise; other calls go on below. */
function checkArgument(call: number, argument: number, tests: readonly Instruction[]): Instruction[] {
  const body: Instruction[] = [
    [load, 0, 0, offsetOf.argument(argument)],
    ...tests.flatMap((test): Instruction[] => [test, [answer, 0, 0, refuse]]),
    [answer, 0, 0, allow],
  ];
  return [[jumpIfEqual, 0, body.length, call], ...body];
}

/** struct sock_filter: 16 bits of code, two jumps of 8 bits, 32 bits of value. */
function bytesOf(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * 8);
  for (const [at, [code, jumpTrue, jumpFalse, value]] of program.entries()) {
    bytes.writeUInt16LE(code, at * 8);
    bytes.writeUInt8(jumpTrue, at * 8 + 2);
    bytes.writeUInt8(jumpFalse, at * 8 + 3);
    bytes.writeUInt32LE(value, at * 8 + 4);
  }
  return bytes;
}
