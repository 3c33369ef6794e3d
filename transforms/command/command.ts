import { z } from 'zod';
import { messageCharsMax, placeholderValues } from '#contracts';
import { JobFailure, JobStopped, defineTransform, type TransformContext } from '#transform-sdk';
import { commandLine, programName, startFailure, type CommandLine } from './command-line.js';
import { outputTail, spokenTail } from './output-tail.js';
import { programEnd, type ProgramEnd } from './process-group.js';
import { outOfMemoryKills } from './process-stat.js';
import { reapedCpu } from './reaped-cpu.js';
import { chooseWay, type Way } from './sandbox/choose-way.js';
import { lackingHint } from './sandbox/hints.js';
import { UsageSampler } from './usage-sampler.js';

/** Between SIGTERM and SIGKILL when whoever stops the attempt does not say. */
const graceMs = 5_000;

/** Runs the template's `command` as a process group in a folder of the attempt's own. */
export const command = defineTransform({
  name: 'command',
  version: '1',
  params: z.unknown(),
  run: async (params, ctx) => {
    const line = commandLine(ctx.command, placeholderValues(ctx.job));
    const way = chooseWay(ctx);
    const folder = await ctx.workFolder();
    const oomKills = outOfMemoryKills();
    const end = await runProgram(line, ctx, { folder, way });
    if (end.exitCode === 0 && !ctx.signal.aborted) {
      if (keepsOutput(params)) ctx.record({ message: await spokenTail(folder) });
      return;
    }
    throw await programFailure(line, ctx, { end, folder, way, oomKilled: outOfMemoryKills() > oomKills });
  },
});

/** `params: {keepOutput: true}`: reading what each job wrote would cost the many that nobody asks for. */
const keepsOutput = (params: unknown): boolean =>
  typeof params === 'object' && params !== null && 'keepOutput' in params && params.keepOutput === true;

async function runProgram(
  line: CommandLine,
  ctx: TransformContext,
  place: { folder: string; way: Way },
): Promise<ProgramEnd> {
  ctx.signal.throwIfAborted();
  const startedMs = performance.now();
  const program = await place.way.start(line, place.folder).catch((fault: unknown) => {
    throw startFailure(line, fault as NodeJS.ErrnoException);
  });
  const sampler = new UsageSampler(program.pid);
  const end = await programEnd(program, { signal: ctx.signal, graceMs: () => graceOf(ctx.signal) }).finally(() =>
    sampler.stop(),
  );
  const cpuSec = await reapedCpu.of(performance.now() - startedMs);
  record(ctx, end, { sampler, cpuSec });
  return end;
}

/** Without /proc nothing is known, and unknown is not 0. */
function record(ctx: TransformContext, end: ProgramEnd, seen: { sampler: UsageSampler; cpuSec: number }): void {
  const peakMemoryMib = seen.sampler.peakMemoryMib ?? undefined;
  const cpuSec = process.platform === 'linux' ? Math.max(seen.cpuSec, seen.sampler.cpuSecAtLeast) : undefined;
  ctx.record({ exitCode: end.exitCode ?? undefined, signal: end.signal ?? undefined, cpuSec, peakMemoryMib });
}

function graceOf(signal: AbortSignal): number {
  return signal.reason instanceof JobStopped ? signal.reason.graceMs : graceMs;
}

async function programFailure(
  line: CommandLine,
  ctx: TransformContext,
  seen: { end: ProgramEnd; folder: string; way: Way; oomKilled: boolean },
): Promise<JobFailure> {
  const { exitCode, signal } = seen.end;
  const facts = { exitCode: exitCode ?? undefined, signal: signal ?? undefined };
  const tail = await outputTail(seen.folder);
  const stopped: unknown = ctx.signal.aborted ? ctx.signal.reason : null;
  if (stopped instanceof JobFailure) {
    return new JobFailure({ ...facts, reason: stopped.reason, message: joined(stopped.message, tail) });
  }
  if (signal === 'SIGKILL' && seen.oomKilled) {
    const message = `${programName(line)} was ended by the kernel: out of memory`;
    return new JobFailure({ ...facts, reason: 'memory', message: joined(message, tail) });
  }
  const hint = seen.way.sandboxed ? lackingHint(tail) : null;
  const message = tail || silentEnd(line, seen.end);
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
