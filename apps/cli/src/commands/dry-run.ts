import type { Command } from 'commander';
import type { ExitCode } from '../exit-code.js';
import type { DryRun } from '../verbs/dry-run.js';
import { callOf } from './arguments.js';

export interface DryRunOption {
  dryRun: boolean;
}

/** Says what the verb would do, in its place. */
export async function dryRun(command: Command, wish: DryRun): Promise<ExitCode> {
  const verb = await import('../verbs/dry-run.js');
  return verb.dryRun(callOf(command), wish);
}
