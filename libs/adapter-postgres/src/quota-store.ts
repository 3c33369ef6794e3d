import type { QuotaKind, QuotaView } from '#contracts';
import type { QueuedOver, QuotaCaps, QuotaStore } from '#engine';
import type { Database, Transaction } from './database.js';
import * as queries from './generated/queries.js';

/** Quotas in PostgreSQL: the statements of sql/queries/quota. */
export class PostgresQuotaStore implements QuotaStore {
  constructor(private readonly database: Database) {}

  async page({ after, rows }: Parameters<QuotaStore['page']>[0]): Promise<QuotaView[]> {
    const { kind = null, name = null, issuer = null } = after ?? {};
    return (await this.database.run<QuotaRow>(queries.quotaList, [kind, name, issuer, rows])).map(viewOf);
  }

  async set(
    { kind, issuer, name }: Pick<QuotaView, 'kind' | 'issuer' | 'name'>,
    { capFileBytes: bytes, capQueuedJobs: jobs }: QuotaCaps,
  ): Promise<QuotaView> {
    const caps = [bytes !== undefined, bytes ?? null, jobs !== undefined, jobs ?? null];
    const [row] = await this.database.run<QuotaRow>(queries.quotaSet, [kind, issuer, name, ...caps]);
    if (!row) throw new Error('an upsert gave no row');
    return viewOf(row);
  }
}

/** Whose an upload is. */
export type QuotaOwner = [space: string, issuer: string, subject: string];

/**
 * Whether so many jobs more would be too many for their space or user. Exact: who submits at the same time waits for the lock,
 * and counts what was submitted before.
 */
export async function queuedOver(tx: Transaction, owner: QuotaOwner, jobs: number): Promise<QueuedOver | null> {
  await tx.run(queries.quotaEnsure, owner);
  const caps = await tx.run<[QuotaKind, number | null]>(queries.quotaLock, owner);
  const [open] = await tx.run<[number, number]>(queries.quotaOpenJobs, owner);
  const [ofSpace = 0, ofUser = 0] = open ?? [];
  for (const [quota, cap] of caps) {
    const queued = quota === 'space' ? ofSpace : ofUser;
    if (cap !== null && queued + jobs > cap) return { quota, cap, queued, jobs };
  }
  return null;
}

type QuotaRow = [
  ...[kind: QuotaKind, issuer: string, name: string, capFileBytes: number | null, capQueuedJobs: number | null],
  ...[files: number, fileBytes: number, capRunningCores: number | null],
];

function viewOf([
  kind,
  issuer,
  name,
  capFileBytes,
  capQueuedJobs,
  files,
  fileBytes,
  capRunningCores,
]: QuotaRow): QuotaView {
  return { kind, issuer, name, capFileBytes, capQueuedJobs, capRunningCores, files, fileBytes };
}
