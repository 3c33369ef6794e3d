import { basename } from 'node:path';
import { fillPlaceholders, type CommandSpec } from '#contracts';
import { JobFailure } from '#transform-sdk';

/** A program and its arguments, placeholders filled in. */
export interface CommandLine {
  program: string;
  args: string[];
}

/**
 * @returns what to start: argv as it is, or the command line handed to its shell (`/bin/sh` by default).
 * @throws JobFailure reason `rejected` when the template names neither
 */
export function commandLine(spec: CommandSpec | null, values: ReadonlyMap<string, string>): CommandLine {
  if (spec?.cmdline !== undefined) {
    return { program: spec.shell ?? '/bin/sh', args: ['-c', fillPlaceholders(spec.cmdline, values)] };
  }
  const [program, ...args] = (spec?.argv ?? []).map((word) => fillPlaceholders(word, values));
  if (program === undefined || program === '')
    throw rejected('the template has neither `command.argv` nor `command.cmdline`');
  return { program, args };
}

const notStarted: Readonly<Record<string, { exitCode: number; because: string }>> = {
  ENOENT: { exitCode: 127, because: 'no such program on PATH, or the interpreter in its first line is missing' },
  ENOTDIR: { exitCode: 127, because: 'a part of its path is no folder' },
  EACCES: { exitCode: 126, because: 'it may not be executed by the user of this worker' },
  EPERM: { exitCode: 126, because: 'it may not be executed by the user of this worker' },
  ENOEXEC: { exitCode: 126, because: 'it is no program for this machine' },
  E2BIG: { exitCode: 126, because: 'its arguments and environment are too long' },
};

/** A program that could not be started: 127 or 126 as a shell says; what this machine is short of is the site's fault. */
export function startFailure(line: Pick<CommandLine, 'program'>, fault: NodeJS.ErrnoException): JobFailure {
  const known = notStarted[fault.code ?? ''];
  const what = `cannot start ${JSON.stringify(line.program)}`;
  if (known !== undefined)
    return new JobFailure({ message: `${what}: ${known.because}`, exitCode: known.exitCode, cause: fault });
  if (fault.code === 'ERR_INVALID_ARG_VALUE') return rejected(`${what}: ${fault.message}`);
  return new JobFailure({ reason: 'site', message: `${what}: ${fault.message}`, cause: fault });
}

/** What a person calls the program: the first word of a shell line, or its file name. */
export const programName = (line: CommandLine): string => basename(line.program);

function rejected(message: string): JobFailure {
  return new JobFailure({ reason: 'rejected', message });
}
