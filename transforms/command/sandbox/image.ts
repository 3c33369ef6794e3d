/**
 * Owns programs that run in a container image, by Apptainer or Singularity.
 *
 * C1 The image gets no home, no /tmp, no environment and no process of the machine: `--containall --cleanenv`.
 * C2 Variables of the job are handed over as APPTAINERENV_NAME: none of them is in an argument, and none (LD_PRELOAD) is
 *    there before the image is.
 * C3 A worker that is root starts programs as nobody: root's number alone would let them write /proc/sys and /sys.
 */
import { spawn } from 'node:child_process';
import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { JobFailure, type Bind } from '#transform-sdk';
import { startFailure, type CommandLine } from '../command-line.js';
import type { Launch } from '../launch.js';
import { signalGroup, withOutputFiles, type Program, type ProgramEnd } from '../process-group.js';
import { insideFolder, nobody, type HiddenPath } from './sandbox-view.js';

/** One attempt in an image. */
export interface ImageRun {
  /** Path of apptainer or singularity. */
  apptainer: string;
  /** A file, a folder, or an address such as `docker://alpine:3`. */
  image: string;
  env: Readonly<Record<string, string>>;
  binds: readonly Bind[];
  /** What lies in a bind and is not to be seen. */
  hidden: readonly HiddenPath[];
  /** Where the program is started, seen from inside. */
  cwd: string;
  network: boolean;
  gpus: boolean;
  /** Where images that were fetched are kept; in the attempt's own folder when there is none. */
  cache: string | null;
  /** The attempt's, outside. */
  folder: string;
  /** Whether the worker is root. C3 */
  root: boolean;
  /** What wraps Apptainer itself. */
  wrap: (launch: Launch) => Launch;
}

const temporary = '.tmp';
/** An empty folder, seen in place of what is hidden. */
const nothing = '.nothing';

/** Apptainer's arguments for one attempt. */
export function imageArguments(
  line: CommandLine,
  run: Omit<ImageRun, 'env' | 'apptainer' | 'cache' | 'wrap'>,
): string[] {
  const bound = [
    [run.folder, insideFolder, 'rw'],
    [join(run.folder, temporary), '/tmp', 'rw'],
    [join(run.folder, temporary), '/var/tmp', 'rw'],
    ...run.binds.map(({ path, writable }) => [path, path, writable ? 'rw' : 'ro']),
    ...run.hidden.map(({ path, isFolder }) => [isFolder ? join(run.folder, nothing) : '/dev/null', path, 'ro']),
  ];
  return [
    ...['--silent', 'exec', '--containall', '--cleanenv', '--home', insideFolder, '--pwd', run.cwd],
    ...(run.root ? ['--security', `uid:${nobody},gid:${nobody}`] : ['--no-privs']),
    ...(run.network ? [] : ['--net', '--network', 'none']),
    ...(run.gpus ? ['--nv'] : []),
    ...bound.flatMap((bind) => ['--bind', bind.join(':')]),
    ...[run.image, line.program, ...line.args],
  ];
}

/**
 * Starts a program in an image; its output goes to the files `stdout` and `stderr` in the attempt's folder.
 * @throws NodeJS.ErrnoException when Apptainer cannot be started
 */
export async function startInImage(line: CommandLine, run: ImageRun): Promise<Program> {
  await mkdir(join(run.folder, temporary));
  if (run.hidden.length > 0) await mkdir(join(run.folder, nothing));
  if (run.root) await Promise.all([run.folder, join(run.folder, temporary)].map((path) => chown(path, nobody, nobody)));
  return withOutputFiles(run.folder, async (stdio) => {
    const args = imageArguments(line, run);
    const launch = run.wrap({ program: run.apptainer, args, cwd: run.folder, env: environmentOf(run) });
    const child = spawn(launch.program, launch.args, {
      cwd: launch.cwd,
      env: { ...launch.env },
      detached: true,
      stdio,
    });
    const { pid } = child;
    if (pid === undefined) throw await new Promise<Error>((resolve) => child.once('error', resolve));
    const ended = new Promise<ProgramEnd>((resolve) => {
      child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
    });
    return { pid, ended, askToEnd: () => signalGroup(pid, 'SIGTERM') };
  });
}

/** C2. Apptainer's own part: where it finds its tools, and where it may write. */
function environmentOf(run: ImageRun): Record<string, string> {
  const own = join(run.folder, temporary);
  const handed = Object.entries(run.env).map(([name, text]): [string, string] => [`APPTAINERENV_${name}`, text]);
  return {
    PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
    HOME: own,
    APPTAINER_CACHEDIR: run.cache ?? own,
    APPTAINER_CONFIGDIR: own,
    APPTAINER_TMPDIR: own,
    ...Object.fromEntries(handed),
  };
}

const fatalExit = 255;
const notFound = /executable file not found|FATAL: +stat .*: no such file or directory/;

/**
 * What Apptainer means when it ends with 255 and a line FATAL: the image lacks the program, which is the job's fault, or
 * the image could not be had or started, which is the site's.
 * @returns null when it was the program that ended
 */
export function imageFault(line: CommandLine, end: ProgramEnd, said: string): JobFailure | null {
  const fatal = /^.*FATAL: .*$/m.exec(said)?.[0];
  if (end.exitCode !== fatalExit || fatal === undefined) return null;
  if (notFound.test(fatal)) return startFailure(line, Object.assign(new Error(fatal), { code: 'ENOENT' }));
  return new JobFailure({ reason: 'site', message: `the image could not be started: ${fatal.trim()}` });
}
