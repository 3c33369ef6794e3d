import { publicEventTypes } from '#contracts';
import { rowsOf, type Queryable } from './invariants.js';
import { deliveries, type MessageLog } from './message-log.js';
import type { OutsideFault } from './outside-fault.js';

const types: ReadonlySet<string> = new Set(publicEventTypes);

/**
 * Holds what was on the wire against the books: I9, I11, I15, and I12 and I30 where the log is complete and all is quiet.
 */
export async function messageFaults(
  pool: Queryable,
  log: MessageLog,
  { quiet = false, reportsLost = false }: { quiet?: boolean; reportsLost?: boolean },
): Promise<OutsideFault[]> {
  const { events, batches } = deliveries(log);
  const faults: OutsideFault[] = [];
  const outbox = await rowsOf(
    pool,
    "select partition || '.' || seq, type, confirmed_at is not null from outbox order by partition, seq",
  );
  const written = new Map(outbox.map(([id, type]) => [String(id), String(type)]));
  for (const [id, { type }] of events) {
    if (!types.has(type)) faults.push({ id: 'I15', wrong: `event ${id} of type ${type} left the system` });
    if (written.get(id) !== type)
      faults.push({ id: 'I11', wrong: `event ${id} was told, and the outbox has no such ${type}` });
  }
  if (log.complete)
    for (const [id, , confirmed] of outbox)
      if (confirmed && !events.has(String(id)))
        faults.push({ id: 'I12', wrong: `event ${String(id)} is confirmed, and was never published` });
  faults.push(...(await reportFaults(pool, batches, { settledAll: quiet && log.complete && !reportsLost })));
  return faults;
}

type Batches = ReturnType<typeof deliveries>['batches'];

async function reportFaults(
  pool: Queryable,
  batches: Batches,
  options: { settledAll: boolean },
): Promise<OutsideFault[]> {
  const faults: OutsideFault[] = [];
  const seen = await rowsOf(
    pool,
    'select batch_id::text, events, cardinality(duplicate), cardinality(stale) from batch_seen',
  );
  const settled = new Map(seen.map(([id, count]) => [String(id), Number(count)]));
  const applied = await rowsOf(
    pool,
    `select batch_id::text, array_agg(workflow_id || ':' || ordinal || '#' || attempt)
     from attempt where batch_id is not null group by batch_id`,
  );
  for (const [id, ends] of applied) {
    const said = batches.get(String(id));
    const strange = said ? (ends as string[]).filter((end) => !said.ends.includes(end)) : [];
    if (strange.length > 0)
      faults.push({ id: 'I9', wrong: `batch ${String(id)} applied ${strange.join()}, which it does not say` });
  }
  const dead = await rowsOf<[string]>(pool, "select coalesce(string_agg(body, ' '), '') from dead_letter");
  const deadText = dead[0]?.[0] ?? '';
  for (const [id, { ends, times }] of batches) {
    const count = settled.get(id);
    if (count !== undefined && count !== ends.length)
      faults.push({ id: 'I30', wrong: `batch ${id} has ${ends.length} ends, ${count} were judged` });
    if (count === undefined && options.settledAll && !deadText.includes(id))
      faults.push({ id: 'I30', wrong: `batch ${id} was delivered ${times} times and never settled` });
  }
  return faults;
}
