import { z } from 'zod';
import { KeepLog, messageCharsMax, placeholderValues, type Resources } from '#contracts';
import { JobFailure, JobStopped, defineTransform, type TransformContext } from '#transform-sdk';
import { commandLine, programName, startFailure, type CommandLine } from './command-line.js';
import { notEnteredExitCode } from './limits/cgroup-group.js';
import type { GroupUsage, JobGroup, JobGroups } from './limits/job-group.js';
import { limitsOf, memoryPassed, processesPassed, type JobLimits, type LimitPassed } from './limits/job-limits.js';
import { LimitGuard } from './limits/limit-guard.js';
import { workerGroups } from './limits/worker-groups.js';
import { outputTail, spokenTail } from './output-tail.js';
import { programEnd, type ProgramEnd } from './process-group.js';
import { chooseWay, type Way } from './sandbox/choose-way.js';
import { lackingHint } from './sandbox/hints.js';

/** Between SIGTERM and SIGKILL when whoever stops the attempt does not say. */
const graceMs = 5_000;
/** 128 + 9: how a shell ends whose last program was ended by SIGKILL. */
const killedExitCode = 137;
/** What a sandbox itself takes, which is not the program's (bubblewrap: 1.3 MiB). */
const sandboxMib = 4;

/** How attempts are held to what they asked for. */
export interface Holding {
  /** Asked at each start, so that nothing is looked up before the first. */
  groups: () => JobGroups;
  limits: (resources: Resources) => JobLimits;
}

/** Any params: what it knows not it leaves alone, but a wrong `keepLog` would be found out when the log is missing. */
const Params = z.unknown().superRefine((params, check) => {
  const keepLog = typeof params === 'object' && params !== null && 'keepLog' in params ? params.keepLog : undefined;
  if (keepLog === undefined || KeepLog.safeParse(keepLog).success) return;
  check.addIssue({ code: 'custom', path: ['keepLog'], message: 'always, failed or never' });
});

/** Runs the template's `command` as a group of processes in a folder of the attempt's own, held to what it asked for. */
export const commandHeldBy = (holding: Holding) =>
  defineTransform({
    name: 'command',
    version: '1',
    params: Params,
    run: async (params, ctx) => {
      const line = commandLine(ctx.command, placeholderValues(ctx.job));
      const way = chooseWay(ctx);
      const folder = await ctx.workFolder();
      const end = await runProgram(line, ctx, { folder, way, holding });
      if (end.exitCode === 0 && !ctx.signal.aborted && end.passed === null) {
        if (keepsOutput(params)) ctx.record({ message: await spokenTail(folder) });
        return;
      }
      throw await programFailure(line, ctx, { end, folder, way });
    },
  });

/** As this worker can. */
export const command = commandHeldBy({ groups: workerGroups, limits: limitsOf });

/** `params: {keepOutput: true}`: reading what each job wrote would cost the many that nobody asks for. */
const keepsOutput = (params: unknown): boolean =>
  typeof params === 'object' && params !== null && 'keepOutput' in params && params.keepOutput === true;

/** How a program ended, and which limit it had passed. */
interface LimitedEnd extends ProgramEnd {
  passed: LimitPassed | null;
}

async function runProgram(
  line: CommandLine,
  ctx: TransformContext,
  { folder, way, holding }: { folder: string; way: Way; holding: Holding },
): Promise<LimitedEnd> {
  ctx.signal.throwIfAborted();
  const limits = holding.limits(ctx.resources);
  const group = makeGroup(holding.groups(), way.sandboxed ? withRoomForSandbox(limits) : limits);
  const guard = new LimitGuard(group, limits);
  let end: ProgramEnd;
  let usage: GroupUsage;
  try {
    const program = await way.start(line, folder, group).catch((fault: unknown) => {
      throw startFailure(line, fault as NodeJS.ErrnoException);
    });
    group.begin(program.pid);
    guard.start(folder);
    end = await programEnd(program, group, { signal: ctx.signal, graceMs: () => graceOf(ctx.signal) });
  } finally {
    guard.stop();
    usage = await group.end();
  }
  const { exitCode, signal } = end;
  const { cpuSec, peakMemoryMib } = usage;
  ctx.record({ exitCode: exitCode ?? undefined, signal: signal ?? undefined });
  ctx.record({ cpuSec: cpuSec ?? undefined, peakMemoryMib: peakMemoryMib ?? undefined });
  return { ...end, passed: guard.passed ?? passedInTheEnd(end, usage, { limits, group }) };
}

const withRoomForSandbox = (limits: JobLimits): JobLimits => ({ ...limits, memoryMib: limits.memoryMib + sandboxMib });

/** @throws JobFailure reason `site` when this machine makes no group after all */
function makeGroup(groups: JobGroups, limits: JobLimits): JobGroup {
  try {
    return groups.make(limits);
  } catch (cause) {
    throw new JobFailure({ reason: 'site', message: `cannot hold a job to its limits: ${String(cause)}`, cause });
  }
}

/**
 * What the guard did not see before the end. Memory counts also when the program itself ended well: what the kernel took
 * from it may be missing in what it made. Where the kernel counts for the whole machine, it was this program only if it,
 * or a child of which a shell tells so, ended by SIGKILL.
 * @throws JobFailure reason `site` when the program never began, since its group let nobody in
 */
function passedInTheEnd(
  { exitCode, signal }: ProgramEnd,
  usage: GroupUsage,
  { limits, group }: { limits: JobLimits; group: JobGroup },
): LimitPassed | null {
  if (usage.oomKills > 0 && (group.isExact || signal === 'SIGKILL' || exitCode === killedExitCode))
    return memoryPassed(limits);
  if (exitCode === 0) return null;
  if (group.isExact && exitCode === notEnteredExitCode && usage.peakMemoryMib === null) {
    throw new JobFailure({ reason: 'site', message: 'the program could not be put under its limits' });
  }
  return usage.processesRefused > 0 ? processesPassed(limits) : null;
}

function graceOf(signal: AbortSignal): number {
  return signal.reason instanceof JobStopped ? signal.reason.graceMs : graceMs;
}

async function programFailure(
  line: CommandLine,
  ctx: TransformContext,
  { end, folder, way }: { end: LimitedEnd; folder: string; way: Way },
): Promise<JobFailure> {
  const { exitCode, signal, passed } = end;
  const facts = { exitCode: exitCode ?? undefined, signal: signal ?? undefined };
  const tail = await outputTail(folder);
  const stopped: unknown = ctx.signal.aborted ? ctx.signal.reason : null;
  const why = stopped instanceof JobFailure ? stopped : passed;
  if (why !== null) return new JobFailure({ ...facts, reason: why.reason, message: joined(why.message, tail) });
  const hint = way.sandboxed ? lackingHint(tail, ctx.isolation) : null;
  const message = tail || silentEnd(line, end);
  return new JobFailure({ ...facts, message: hint === null ? message : withHint(message, hint) });
}

function silentEnd(line: CommandLine, end: ProgramEnd): string {
  const how = end.signal === null ? `ended with exit code ${end.exitCode}` : `was ended by ${end.signal}`;
  return `${programName(line)} ${how} and wrote nothing`;
}

/** The program's own words first: what it says last is what failures are grouped by. */
const withHint = (message: string, hint: string): string =>
  `${message.slice(-(messageCharsMax - hint.length - 1))}\n${hint}`;

function joined(message: string, tail: string): string {
  return tail === '' ? message : `${message}\n${tail.slice(-(messageCharsMax - message.length - 1))}`;
}
