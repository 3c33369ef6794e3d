import type { OutboxRow } from '../ports/outbox-store.js';

/** The row as a CloudEvent in JSON text; its body is JSON text already. */
export function cloudEvent(row: OutboxRow): string {
  const head = JSON.stringify({
    specversion: '1.0',
    id: `${row.partition}.${row.seq}`,
    type: row.type,
    source: '/sluice',
    subject: row.workflow,
    time: row.at,
    runno: row.runNo,
    seq: Number(row.seq),
    datacontenttype: 'application/json',
  });
  return `${head.slice(0, -1)},"data":${row.body}}`;
}
