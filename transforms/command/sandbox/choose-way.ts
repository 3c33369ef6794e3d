/** Owns the choice how the program of an attempt is started: in an image, in a sandbox, or as it is. */
import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { fillPlaceholders, placeholderValues } from '#contracts';
import { JobFailure, JobUnstarted, type TransformContext } from '#transform-sdk';
import { startFailure, type CommandLine } from '../command-line.js';
import { environment } from '../environment.js';
import type { JobGroup } from '../limits/job-group.js';
import { fileTail } from '../output-tail.js';
import { startProgram, type Program } from '../process-group.js';
import { hiddenPathHint } from './hints.js';
import { imageFault, startInImage } from './image.js';
import {
  hiddenWithin,
  insideFolder,
  isBound,
  isRoot,
  isShown,
  sandboxOptions,
  systemView,
  type SystemView,
} from './sandbox-view.js';
import { NotStarted, startSandboxed } from './sandboxed-program.js';

/** How the program of an attempt is started. */
export interface Way {
  /** Whether what it sees of this machine is limited. */
  readonly sandboxed: boolean;
  /**
   * @param folder the attempt's own
   * @param group wraps whatever is started, the sandbox included
   * @throws NodeJS.ErrnoException when what is to be started cannot be
   * @throws JobFailure from `ended`: the sandbox could not be made, or the program is not in it
   */
  start(line: CommandLine, folder: string, group: Wrapping): Promise<Program>;
}

/** What holds the attempt to its limits. */
type Wrapping = Pick<JobGroup, 'wrap'>;

type Attempt = Pick<TransformContext, 'command' | 'env' | 'job' | 'resources' | 'isolation' | 'gpuIds'>;

/**
 * @throws JobUnstarted when the site requires a sandbox, and this worker has none: it was granted under another word of the site
 * @throws JobFailure reason `site` when the attempt cannot be started here
 */
export function chooseWay(attempt: Attempt): Way {
  const { isolation, command } = attempt;
  if (command?.image) return imageWay(attempt, fillPlaceholders(command.image, placeholderValues(attempt.job)));
  if (isolation.sandbox === 'off') return plainWay(attempt);
  if ('path' in isolation.bwrap) return sandboxWay(attempt, isolation.bwrap);
  if (isolation.sandbox === 'auto') return plainWay(attempt);
  throw new JobUnstarted(`programs must run in a sandbox here, and there is none: ${isolation.bwrap.missing}`);
}

/** Whether the attempt has the worker's network. */
const hasNetwork = ({ isolation, command }: Attempt): boolean =>
  isolation.network === 'always' || isolation.sandbox === 'off' || command?.network === true;

function plainWay(attempt: Attempt): Way {
  return {
    sandboxed: false,
    start: (line, folder, group) => {
      const env = envOf(attempt, { folder, temporary: folder });
      return startProgram(group.wrap({ ...line, cwd: startFolder(attempt) ?? folder, env }), folder);
    },
  };
}

function sandboxWay(attempt: Attempt, bwrap: { path: string; options: ReadonlySet<string> }): Way {
  const { binds, hidden } = attempt.isolation;
  const { memoryMib, gpus } = attempt.resources;
  const cwd = startFolder(attempt, (path) => isShown(path, binds)) ?? insideFolder;
  const env = envOf(attempt, { folder: insideFolder, temporary: '/tmp' });
  return {
    sandboxed: true,
    start: async (line, folder, group) => {
      const view = { folder, env, network: hasNetwork(attempt), gpus: gpus > 0, memoryMib, binds, hidden, cwd };
      const options = sandboxOptions(machine(), view, bwrap.options);
      const program = await startSandboxed(
        line,
        { bwrap: bwrap.path, options, wrap: (launch) => group.wrap(launch) },
        folder,
      );
      const ended = program.ended.catch(async (fault: unknown) => {
        throw fault instanceof NotStarted ? await sandboxFault(line, attempt, { folder, fault }) : fault;
      });
      return { ...program, ended };
    },
  };
}

function imageWay(attempt: Attempt, image: string): Way {
  const { apptainer, binds, hidden, imageCache: cache } = attempt.isolation;
  if (!('path' in apptainer))
    throw siteFault(
      `this worker starts no images, and the template asks for ${JSON.stringify(image)}: ${apptainer.missing}`,
    );
  const run = {
    ...{ apptainer: apptainer.path, image, binds, cache, cwd: startFolder(attempt) ?? insideFolder },
    hidden: hiddenWithin(hidden, (path) => isBound(path, binds)),
    ...{ network: hasNetwork(attempt), gpus: attempt.resources.gpus > 0, root: isRoot() },
    env: imageEnvironment(attempt),
  };
  return {
    sandboxed: true,
    start: async (line, folder, group) => {
      const program = await startInImage(line, { ...run, folder, wrap: (launch) => group.wrap(launch) });
      const ended = program.ended.then(async (end) => {
        if (end.exitCode !== 0) throwIf(imageFault(line, end, await stderrOf(folder)));
        return end;
      });
      return { ...program, ended };
    },
  };
}

/**
 * The folder in which the template wants its program started; null: in the attempt's own.
 * @param isSeen what a sandbox shows; of an image nobody knows
 * @throws JobFailure when it cannot be started there
 */
function startFolder(attempt: Attempt, isSeen?: (path: string) => boolean): string | null {
  const text = attempt.command?.cwd ?? null;
  if (text === null) return null;
  const cwd = fillPlaceholders(text, placeholderValues(attempt.job));
  const said = JSON.stringify(cwd);
  if (!isAbsolute(cwd))
    throw new JobFailure({ reason: 'rejected', message: `command.cwd must begin with /, not ${said}` });
  if (isSeen?.(cwd) === false)
    throw new JobFailure({
      message: `cannot start in ${said}: ${hiddenPathHint(cwd, attempt.isolation)}`,
      exitCode: 126,
    });
  if (attempt.command?.image || existsSync(cwd)) return cwd;
  throw new JobFailure({ message: `cannot start in ${said}: there is no such folder at this worker`, exitCode: 126 });
}

/** The image has its own home and PATH, unless the template sets them. */
function imageEnvironment(attempt: Attempt): Record<string, string> {
  const env = envOf(attempt, { folder: insideFolder, temporary: '/tmp' });
  const own = ['PATH', 'HOME'].filter((name) => !(name in attempt.env));
  return Object.fromEntries(Object.entries(env).filter(([name]) => !own.includes(name)));
}

function throwIf(fault: JobFailure | null): void {
  if (fault !== null) throw fault;
}

const stderrOf = (folder: string): Promise<string> => fileTail(join(folder, 'stderr'));

let seen: SystemView | undefined;

/** Looked at once: what a system offers does not change while a worker runs. */
const machine = (): SystemView => (seen ??= systemView());

const envOf = (attempt: Attempt, place: { folder: string; temporary: string }): Record<string, string> =>
  environment(attempt, place, placeholderValues(attempt.job));

const siteFault = (message: string): JobFailure => new JobFailure({ reason: 'site', message });

const exitCodes: Readonly<Record<string, string>> = {
  'No such file or directory': 'ENOENT',
  'Not a directory': 'ENOTDIR',
  'Permission denied': 'EACCES',
  'Exec format error': 'ENOEXEC',
  'Argument list too long': 'E2BIG',
};

/** bubblewrap's words: of the program, when it got as far as starting it; else the sandbox is at fault, and so the site. */
async function sandboxFault(
  line: CommandLine,
  attempt: Attempt,
  seen: { folder: string; fault: NotStarted },
): Promise<JobFailure> {
  const said = await stderrOf(seen.folder);
  const why = /^bwrap: execvp .*: ([^:]+)$/m.exec(said)?.[1] ?? '';
  const code = exitCodes[why];
  if (code === undefined) return siteFault(`the sandbox could not be made: ${said || seen.fault.message}`);
  const hidden = line.program.startsWith('/') && !isShown(line.program, attempt.isolation.binds);
  const path = JSON.stringify(line.program);
  if (!hidden) return startFailure(line, Object.assign(new Error(said), { code }));
  const message = `cannot start ${path}: ${hiddenPathHint(line.program, attempt.isolation)}`;
  return new JobFailure({ message, exitCode: 127 });
}
