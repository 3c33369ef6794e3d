import type { AuditEntry } from '#contracts';
import type { AuditedEnd, AuditedOrder, AuditLog, AuditSelection } from '#engine';
import type { Database } from './database.js';
import * as queries from './generated/queries.js';

/** The audit log in PostgreSQL: the statements of sql/queries/audit. */
export class PostgresAuditLog implements AuditLog {
  constructor(private readonly database: Database) {}

  async begin({ by, action, place, requestId, from }: AuditedOrder): Promise<string> {
    const columns = [by.issuer, by.subject, action, JSON.stringify(place), requestId, from];
    const [row] = await this.database.run<[string]>(queries.auditBegin, columns);
    if (!row) throw new Error('an insert that cannot conflict gave no row');
    return row[0];
  }

  async end(id: string, { status, target, said }: AuditedEnd): Promise<void> {
    await this.database.run(queries.auditEndAdd, [id, status, target, said]);
  }

  async page({ before, subject, action, since, until, rows }: AuditSelection): Promise<AuditEntry[]> {
    const asked = [before, subject ?? null, action ?? null, since ?? null, until ?? null, rows];
    return (await this.database.run<AuditRow>(queries.auditPage, asked)).map(entryOf);
  }
}

type AuditRow = [
  ...[id: string, at: Date, issuer: string, subject: string, action: string, place: Record<string, string>],
  ...[requestId: string, address: string, endedAt: Date | null, status: number | null, target: string | null],
  said: string | null,
];

function entryOf(row: AuditRow): AuditEntry {
  const [id, at, issuer, subject, action, place, requestId, from, endedAt, status, target, said] = row;
  return {
    ...{ id, at: at.toISOString(), by: { issuer, subject }, action, place, target, requestId, from },
    ...{ status, endedAt: endedAt?.toISOString() ?? null, said },
  };
}
