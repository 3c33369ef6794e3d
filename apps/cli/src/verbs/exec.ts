import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { JobView, WorkflowView } from '#contracts';
import type { Connection } from '../connect.js';
import type { ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { printable } from '../render/printable.js';
import type { DocumentSource } from '../sources/document-source.js';
import { execSource } from '../sources/exec-source.js';
import { usualStack } from '../stack-settings.js';
import { calledFrom } from '../work-folders.js';
import { run } from './run.js';

export interface ExecOptions {
  name?: string;
  label?: string;
  count?: number;
  cores?: number;
  memory?: number;
  walltime?: number;
  retries?: number;
  env: Record<string, string>;
  wait: boolean;
  keep: boolean;
  follow: boolean;
}

const outputLinesMax = 40;

/** Runs one command as a workflow, as `run` does a document. Of a single job the end of its output is shown. */
export async function exec(call: Call, argv: readonly string[], options: ExecOptions): Promise<ExitCode> {
  const { count, wait, keep, follow } = options;
  const single = count === undefined && call.globals.output === 'table';
  const cwd = await startFolder(call);
  return run(call, sourceOf(argv, options, cwd), {
    ...{ ...usualStack, wait, keep, follow, resumes: false },
    ...(single ? { onEnd: (connection, view) => showJob(call, connection, view) } : {}),
  });
}

/** Where sluice was called, if jobs see it: a program and its files are found there, and what it writes stays there. */
async function startFolder(call: Call): Promise<string | undefined> {
  const folder = await calledFrom(call);
  if (folder === null) return undefined;
  if (!('refusal' in folder)) return folder.path;
  call.terminal.note(`jobs start in an empty folder, not in ${folder.path}: ${folder.refusal}`);
  return undefined;
}

/** The document that the options ask for. */
export function sourceOf(argv: readonly string[], options: ExecOptions, cwd?: string): DocumentSource {
  const { name, label, count, cores, retries, env, memory, walltime } = options;
  return execSource({ argv, name, label, count, cores, retries, env, memoryMib: memory, walltimeSec: walltime, cwd });
}

/** The end of what the one job wrote, or where that lies. */
async function showJob(
  { terminal }: Call,
  { client, stateDir }: Connection,
  { workflow }: WorkflowView,
): Promise<void> {
  const [job] = (await client.jobPage(workflow.id, { limit: 1 })).jobs;
  if (job?.state === 'finished') await terminal.out.lines(outputLines(job.message ?? ''));
  await terminal.out.flush();
  const folder = job && stateDir !== null ? keptFolder(stateDir, workflow.id, job) : null;
  if (folder !== null) terminal.note(`what it wrote lies in ${folder}`);
}

export function outputLines(output: string): string[] {
  const lines = output.split('\n').map(printable);
  if (output === '') return ['', 'it wrote nothing'];
  const shown = lines.slice(-outputLinesMax);
  const head = shown.length < lines.length ? `output, its last ${shown.length} lines:` : 'output:';
  return ['', head, ...shown.map((line) => `  | ${line}`)];
}

/** Workers of this machine's stack keep the folder of an attempt that failed. */
function keptFolder(stateDir: string, workflow: string, job: JobView): string | null {
  if (job.worker === null) return null;
  const folder = join(stateDir, 'workers', job.worker, 'attempts', workflow, `${job.ordinal}.${job.attempt}`);
  return existsSync(folder) ? folder : null;
}
