import type { AuditEntry } from '#contracts';
import { connectToRead } from '../connect.js';
import { exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { printList } from '../print-list.js';
import type { Cell } from '../render/csv.js';
import { auditTable, placeText } from '../render/audit-text.js';

export interface AuditOptions {
  by?: string;
  action?: string;
  /** RFC 3339. */
  since?: string;
  limit?: number;
}

const tableRowsMax = 20;

const shape = {
  head: ['id', 'at', 'issuer', 'subject', 'action', 'place', 'target', 'status', 'from', 'requestId', 'said'],
  idOf: ({ id }: AuditEntry) => id,
  cellsOf: (entry: AuditEntry): Cell[] => [
    ...[entry.id, entry.at, entry.by.issuer, entry.by.subject, entry.action, placeText(entry)],
    ...[entry.target, entry.status, entry.from, entry.requestId, entry.said],
  ],
};

/** Lists orders on record, newest first. */
export async function audit(call: Call, { by, action, since, limit }: AuditOptions): Promise<ExitCode> {
  const connection = await connectToRead(call);
  try {
    const entries = connection.client.audit({ subject: by, action, since });
    const format = call.globals.output;
    if (format === 'table') await printTable(call, entries, limit ?? tableRowsMax);
    else await printList(call, { format, ...shape }, entries, limit ?? Infinity);
  } finally {
    await call.terminal.out.flush();
    await connection.release();
  }
  return exitCodes.ok;
}

async function printTable(
  { terminal: { out, note } }: Call,
  entries: AsyncIterable<AuditEntry>,
  rowsMax: number,
): Promise<void> {
  const rows: AuditEntry[] = [];
  for await (const entry of entries) if (rows.push(entry) > rowsMax) break;
  if (rows.length === 0) return note('no such order is on record');
  await out.lines(auditTable(rows.slice(0, rowsMax)));
  if (rows.length > rowsMax) note('... and more: --limit N, or -o ndjson for all');
}
