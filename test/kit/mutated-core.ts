import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type * as core from '#core';
import { makeTestFolder } from './test-folder.js';

/** What a history is held to. */
export type TransitionRules = Pick<typeof core, 'WorkflowMachine' | 'LeaseRequests'>;

/** Core as a test takes it. */
export type Core = typeof core;

/** A rule taken out of core: a part of a file as it was built, and what stands there instead. */
export interface CoreMutant {
  /** Of libs/core/src; `transition` if not given. */
  folder?: 'transition' | 'identity';
  /** Without its ending. */
  file: string;
  from: string;
  to: string;
}

const builtCore = fileURLToPath(new URL('../../libs/core/src', import.meta.url));

/**
 * Core without one of its rules, for tests that must notice: the real one, built, with a part replaced.
 * @throws when the part is not in the file, or more than once: then the mutant says nothing.
 */
export async function mutatedCore({ folder: room = 'transition', file, from, to }: CoreMutant): Promise<Core> {
  const folder = makeTestFolder('core');
  try {
    const copy = join(folder.path, 'core');
    cpSync(builtCore, copy, { recursive: true });
    writeFileSync(join(folder.path, 'package.json'), '{"type":"module"}');
    const path = join(copy, room, `${file}.js`);
    const parts = readFileSync(path, 'utf8').split(from);
    if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times: ${from}`);
    writeFileSync(path, parts.join(to));
    return (await import(pathToFileURL(join(copy, 'index.js')).href)) as Core;
  } finally {
    folder.remove();
  }
}
