import type { AuditEntry } from '#contracts';
import { table } from './table.js';

/** What an order was about: what its address named, in its order. */
export const placeText = ({ place }: AuditEntry): string => Object.values(place).join(' ');

/** When, who, what, on what, and how it was answered, a line an order. */
export const auditTable = (entries: readonly AuditEntry[]): string[] =>
  table(
    [
      { title: 'when UTC', align: 'left' },
      { title: 'by', align: 'left', widthMax: 14 },
      { title: 'action', align: 'left' },
      { title: 'on', align: 'left', widthMax: 20 },
      { title: 'answer', align: 'right' },
    ],
    entries.map((entry) => [
      ...[entry.at.slice(5, 19).replace('T', ' '), entry.by.subject, entry.action],
      ...[entry.target ?? placeText(entry), entry.status === null ? '-' : String(entry.status)],
    ]),
  );
