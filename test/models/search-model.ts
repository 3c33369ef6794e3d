import { execFile } from 'node:child_process';
import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { makeTestFolder } from '#test-kit';
import type { Spin } from './find-spin.js';

const run = promisify(execFile);
const sources = new URL('../../../test/models/', import.meta.url);
/** Longest path that is followed; ours are below 1,000 steps. */
const depthMax = 100_000;
const memoryMibMax = 4_096;
const outputBytesMax = 64 * 1024 * 1024;
/** Of the way to a violation, so many last steps are told. */
const toldSteps = 40;

export interface Search {
  /** Different states of all processes and data together. */
  states: number;
  errors: number;
  /** Every state that can be reached was looked at. */
  isComplete: boolean;
  /** The assertion that does not hold, with the last steps on the way to it. */
  violation: { text: string; steps: string } | null;
}

/**
 * Searches a model for a state in which an assertion does not hold, or in which a process is stuck.
 * @param model name of a file of test/models, without `.pml`.
 * @param defines names, or NAME=value: bounds and mutants.
 */
export async function searchModel(spin: Spin, model: string, defines: readonly string[]): Promise<Search> {
  const folder = makeTestFolder('spin');
  const options = { cwd: folder.path, maxBuffer: outputBytesMax };
  try {
    const file = `${model}.pml`;
    const flags = defines.map((define) => `-D${define}`);
    copyFileSync(fileURLToPath(new URL(file, sources)), join(folder.path, file));
    await run(spin.path, [...flags, '-a', file], options);
    const compilerFlags = ['-O1', '-w', '-DSAFETY', '-DCOLLAPSE', `-DMEMLIM=${memoryMibMax}`, '-o', 'pan', 'pan.c'];
    await run(spin.compiler, compilerFlags, options);
    const { stdout } = await run(join(folder.path, 'pan'), [`-m${depthMax}`], options);
    const hasTrail = existsSync(join(folder.path, `${file}.trail`));
    const trail = hasTrail ? (await run(spin.path, [...flags, '-t', '-p', file], options)).stdout : '';
    return readSearch(stdout, trail);
  } finally {
    folder.remove();
  }
}

/** Reads what the search printed. @throws when it is no report of a search. */
export function readSearch(report: string, trail: string): Search {
  const errors = /errors: (\d+)/.exec(report)?.[1];
  const states = /^ *([\d.e+]+) states, stored/m.exec(report)?.[1];
  if (errors === undefined || states === undefined) throw new Error(`no report of a search:\n${report}`);
  const text = /^pan:\d+: (.*)$/m.exec(report)?.[1];
  const steps = trail.split('\n').filter((line) => /^ *\d+:\tproc/.test(line));
  return {
    states: Number(states),
    errors: Number(errors),
    isComplete: !/not completed|max search depth too small|out of memory/.test(report),
    violation: text === undefined ? null : { text, steps: steps.slice(-toldSteps).join('\n') },
  };
}
