import type { Isolation } from '#transform-sdk';
import { findApptainer } from './find-apptainer.js';
import { findBwrap } from './find-bwrap.js';

/** What keeps programs apart on this machine. */
export type IsolationTools = Pick<Isolation, 'bwrap' | 'apptainer'>;

/**
 * Looks for what keeps programs apart, and tries it.
 * @param env SLUICE_BWRAP and SLUICE_APPTAINER name the programs; else they are looked for on PATH
 * @param folder an existing folder in which attempts' folders will be
 */
export async function findIsolation(
  env: Readonly<Record<string, string | undefined>>,
  folder: string,
): Promise<IsolationTools> {
  const [bwrap, apptainer] = await Promise.all([findBwrap(env, folder), findApptainer(env, folder)]);
  return { bwrap, apptainer };
}

/** What a worker says that its machine can do: placement goes by these words. */
export const featuresOf = (tools: IsolationTools): string[] =>
  (['bwrap', 'apptainer'] as const).filter((name) => 'path' in tools[name]);
