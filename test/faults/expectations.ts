import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connectNats } from '#adapter-nats';
import { streams } from '#contracts';
import type { Trial } from './trial.js';

/** What rows expect besides the invariants, each true when all is quiet. */

/** No upload is left behind, none was doubled, and nothing ran of one that was not sealed. */
export async function nothingHalfDone({ stack, load }: Trial): Promise<void> {
  const [row] = await stack.rows<{ workflows: number; open: number; early: number }>(
    `select
      count(*)::int as workflows,
      count(*) filter (where upload_state <> 'sealed')::int as open,
      (select count(*)::int from lease l cross join unnest(l.workflow_ids) as g(id)
        join workflow w on w.id = g.id where w.upload_state <> 'sealed') as early
    from workflow`,
  );
  const wanted = { workflows: load.acked.length, open: 0, early: 0 };
  if (JSON.stringify(row) !== JSON.stringify(wanted))
    throw new Error(`uploads are half done: ${JSON.stringify(row)}, not ${JSON.stringify(wanted)}`);
}

/** Every lease reached its worker: no attempt was given up. */
export async function noAttemptLost({ stack }: Trial): Promise<void> {
  const rows = await stack.rows('select workflow_id, ordinal, attempt, message from attempt where reason = 6 limit 5');
  if (rows.length > 0) throw new Error(`attempts were given up: ${JSON.stringify(rows)}`);
}

/** No message was set aside: every one of them was good. */
export async function noDeadLetters({ stack }: Trial): Promise<void> {
  const rows = await stack.rows('select partition, reason from dead_letter limit 5');
  if (rows.length > 0) throw new Error(`good messages were set aside: ${JSON.stringify(rows)}`);
}

/** No service ended over it. @param names such as `gateway-1` */
export function noneRestarted({ stack }: Trial, names: readonly string[]): void {
  const restarted = names.filter((name) => stack.service(name).starts > 1);
  if (restarted.length > 0) throw new Error(`${restarted.join(', ')} ended and had to be started again`);
}

/** I10-I12: stream EVENT has every row of the outbox at least once, and nothing else. */
export async function everyEventTold({ stack }: Trial): Promise<void> {
  const connection = await connectNats({ natsUrl: stack.nats.url, name: 'trial' });
  try {
    const told = new Set<string>();
    const { state } = await (await jetstreamManager(connection)).streams.info(streams.event);
    const consumer = await jetstream(connection).consumers.get(streams.event);
    for (let left = state.messages; left > 0;) {
      const message = await consumer.next({ expires: 5_000 });
      if (!message) throw new Error(`stream EVENT has ${left} messages less than it says`);
      for (const { id } of message.json<{ id: string }[]>()) told.add(id);
      left -= 1;
    }
    const rows = await stack.rows<{ id: string }>(`select partition || '.' || seq as id from outbox`);
    const written = new Set(rows.map(({ id }) => id));
    const missing = [...written].filter((id) => !told.has(id));
    const phantoms = [...told].filter((id) => !written.has(id));
    if (missing.length + phantoms.length > 0)
      throw new Error(
        `I10, I11: untold ${missing.slice(0, 5).join()}; told but not written ${phantoms.slice(0, 5).join()}`,
      );
  } finally {
    await connection.close();
  }
}
