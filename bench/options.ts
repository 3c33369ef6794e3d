import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { BenchOptions } from './scenario.js';

/** What the command line asks for. */
export interface BenchCommand {
  scenario: string;
  options: BenchOptions;
  /** File for the report as JSON, or null. */
  json: string | null;
}

/** The command line is wrong; the message says how. */
export class UsageError extends Error {}

/** @throws UsageError */
export function readCommand(args: string[]): BenchCommand {
  const { values, positionals } = parse(args);
  const [scenario, ...more] = positionals;
  if (scenario === undefined || more.length > 0) throw new UsageError('name one scenario');
  return {
    scenario,
    json: values.json ?? null,
    options: {
      jobs: values.jobs === undefined ? null : count('jobs', values.jobs),
      pairs: count('pairs', values.pairs),
      workers: count('workers', values.workers),
      coresPerWorker: count('cores', values.cores),
      seconds: count('seconds', values.seconds),
      floor: resolve(values.floor),
      only: values.only ?? null,
    },
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        jobs: { type: 'string' },
        pairs: { type: 'string', default: '5' },
        workers: { type: 'string', default: '1' },
        cores: { type: 'string', default: '4' },
        seconds: { type: 'string', default: '60' },
        floor: { type: 'string', default: '../shared/floor' },
        only: { type: 'string' },
        json: { type: 'string' },
      },
    });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function count(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new UsageError(`--${name} must be a whole number from 1, not ${text}`);
  return value;
}
