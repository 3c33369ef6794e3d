/**
 * Owns what is told of the files that an attempt was to write, and that they lie where they may.
 *
 * W1  Where outputs are to lie is judged before the program is started, and again at its end by their real paths.
 * W2  A job that names no outputs and whose space has no prefix pays nothing.
 */
import { lstat, realpath, stat } from 'node:fs/promises';
import { fillPlaceholders, placeholderValues, type FileUse, type OutputFile } from '#contracts';
import { localPathOf, outputFault, prefixFolderOf } from '#core';
import { JobFailure, type Bind, type Outputs } from '#transform-sdk';
import type { LeasedJob } from './leased-job.js';
import { makeOutputFolder } from './output-folder.js';

/** A file that the document says the job writes. */
interface DeclaredOutput {
  readonly name: string;
  /** With its placeholders filled in. */
  readonly uri: string;
}

/** What is told of files, as JSON text, in characters: outputs of a transform have 16 KiB. */
const filesCharsMax = 12_000;

/** Runs an attempt whose outputs somebody cares for. */
export class OutputFiles {
  private constructor(
    private readonly declared: readonly DeclaredOutput[],
    private readonly prefix: string | null,
    private readonly runsProgram: boolean,
  ) {}

  /**
   * @returns null where nothing is to be done. W2
   * @throws JobFailure reason `rejected` when an output may not lie where the document says
   */
  static of(job: LeasedJob): OutputFiles | null {
    const { outputPrefix: prefix = null, command } = job.task.facts;
    const uses = job.spec.outputs ?? [];
    if (uses.length === 0 && (prefix === null || command === null)) return null;
    const declared = uses.length === 0 ? [] : declaredOutputs(job, uses);
    if (prefix !== null) for (const output of declared) checkPlace(output, prefix);
    return new OutputFiles(declared, prefix, command !== null);
  }

  /** What a transform that starts no program writes is its own to tell. */
  around(
    run: () => Outputs | void | Promise<Outputs | void>,
    binds: () => readonly Bind[],
  ): Outputs | void | Promise<Outputs | void> {
    return this.runsProgram ? this.aroundProgram(run, binds) : run();
  }

  private async aroundProgram(
    run: () => Outputs | void | Promise<Outputs | void>,
    binds: () => readonly Bind[],
  ): Promise<Outputs | void> {
    if (this.prefix !== null) await makeOutputFolder(this.prefix, binds());
    const outputs = await run();
    const files = await this.written();
    return files.length === 0 ? outputs : { ...(outputs ?? {}), ...told(files) };
  }

  /** @throws JobFailure when one really lies elsewhere. W1 */
  private async written(): Promise<OutputFile[]> {
    const files: OutputFile[] = [];
    for (const { name, uri } of this.declared) {
      const path = localPathOf(uri);
      if (path === null || !(await isThere(path))) continue;
      if (this.prefix !== null) await checkRealPlace(path, this.prefix);
      const found = await stat(path).catch(() => null);
      if (found !== null) files.push({ name, uri, ...(found.isFile() && { bytes: found.size }) });
    }
    return files;
  }
}

function declaredOutputs(job: LeasedJob, uses: readonly FileUse[]): DeclaredOutput[] {
  const { vars = {}, name, ordinal, files = {} } = job.spec;
  const values = placeholderValues({ vars, name, ordinal, attempt: job.attempt });
  return uses.flatMap((use) => {
    const uri = typeof use === 'string' ? files[use]?.uri : use.uri;
    if (uri === undefined) return [];
    return { name: typeof use === 'string' ? use : use.name, uri: fillPlaceholders(uri, values) };
  });
}

function checkPlace({ uri }: DeclaredOutput, prefix: string): void {
  const fault = outputFault(uri, prefix);
  if (fault === null) return;
  const message = `output/${fault.kind}: the output ${JSON.stringify(uri)} ${fault.why}`;
  throw new JobFailure({ reason: 'rejected', message });
}

/** A link that leads nowhere is no better than one that leads elsewhere: others may put something there later. */
async function checkRealPlace(path: string, prefix: string): Promise<void> {
  const real = await realPathOf(path);
  const within = prefixFolderOf(prefix);
  const folder = within === null ? null : await realPathOf(within);
  if (real !== null && folder !== null && real.startsWith(`${folder}/`)) return;
  const where = real === null ? 'a link that leads nowhere' : JSON.stringify(real);
  const message = `output/outside-space: the output ${JSON.stringify(path)} is ${where}, which does not lie below ${prefix}`;
  throw new JobFailure({ message });
}

const realPathOf = (path: string): Promise<string | null> => realpath(path).catch(() => null);

/** What cannot be looked at is not told; it fails no job that ended well. */
const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

/** As many as are kept; the count says how many more there are. */
function told(files: readonly OutputFile[]): { files: OutputFile[]; filesLeftOut?: number } {
  let chars = 0;
  const fitting = files.filter((file) => (chars += JSON.stringify(file).length + 1) <= filesCharsMax);
  const leftOut = files.length - fitting.length;
  return { files: fitting, ...(leftOut > 0 && { filesLeftOut: leftOut }) };
}
