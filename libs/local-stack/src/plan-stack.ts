import { join, resolve } from 'node:path';
import { lookForNats } from './find-nats.js';
import { findPostgres } from './find-postgres.js';
import { readFileOrNull } from './private-file.js';
import { completeSettings } from './settings.js';
import type { StackPart, StackSettings } from './stack-contract.js';
import { readStack } from './stack-record.js';

/** What opening a stack would come to. */
export interface StackPlan {
  stateDir: string;
  /** Address of the stack that is up; null: one would be started. */
  url: string | null;
  /** What would be started, in order; empty when a stack is up. */
  parts: { part: StackPart; detail: string }[];
}

/**
 * Looks what openStack() would find and start. Starts, fetches and writes nothing.
 * @throws StackFault when a server that it needs is neither there nor to be had.
 */
export async function planStack({
  stateDir,
  settings,
}: {
  stateDir: string;
  settings: Partial<StackSettings>;
}): Promise<StackPlan> {
  const record = readStack(stateDir);
  if (record?.ready === true) return { stateDir, url: record.url, parts: [] };
  const { workers, coresPerWorker } = completeSettings(settings);
  return {
    stateDir,
    url: null,
    parts: [
      { part: 'postgres', detail: await postgresDetail(stateDir) },
      { part: 'nats', detail: await natsDetail(stateDir) },
      { part: 'services', detail: 'gateway transformer broker monitor' },
      { part: 'workers', detail: workers === 0 ? 'none' : `local x${workers}, ${coresPerWorker} cores each` },
    ],
  };
}

const named = 'named by the environment';

async function postgresDetail(stateDir: string): Promise<string> {
  if ((process.env['DATABASE_URL'] ?? '') !== '') return named;
  const major = dataVersion(stateDir);
  const found = await findPostgres(major === null ? {} : { major });
  return `${found.major}, ${found.postgres}, ${major === null ? 'a database to be made' : 'the database that is there'}`;
}

async function natsDetail(stateDir: string): Promise<string> {
  if ((process.env['NATS_URL'] ?? '') !== '') return named;
  const found = await lookForNats({ stateDir });
  return found === null ? 'none here: one would be fetched' : `${found.version}, ${found.path}`;
}

/** Major version of the database of a state folder; null: it has none yet. */
function dataVersion(stateDir: string): number | null {
  const place = readFileOrNull(join(stateDir, 'postgres.place'))?.trim();
  const version = place === undefined ? null : readFileOrNull(join(resolve(stateDir, place), 'data', 'PG_VERSION'));
  return version === null ? null : Number.parseInt(version, 10);
}
