/** I16: what stream EVENT has again after it was lost is what was not confirmed before, and what came since. */
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connectNats } from '#adapter-nats';
import { streams } from '#contracts';
import type { TestStack } from '#test-kit';

/** Ids of events as the books had them at one moment, which is to be one at which nobody confirms any. */
export interface OutboxSets {
  confirmed: ReadonlySet<string>;
  outstanding: ReadonlySet<string>;
}

/** To be asked while NATS is away. */
export async function outboxSets(stack: TestStack): Promise<OutboxSets> {
  const rows = await stack.rows<{ id: string; confirmed: boolean }>(
    "select partition || '.' || seq as id, confirmed_at is not null as confirmed from outbox",
  );
  const idsOf = (confirmed: boolean): Set<string> =>
    new Set(rows.filter((row) => row.confirmed === confirmed).map(({ id }) => id));
  return { confirmed: idsOf(true), outstanding: idsOf(false) };
}

/** To be asked when all is quiet. @throws for what is not in the new stream, and for what need not be there */
export async function rebuiltFrom(stack: TestStack, before: OutboxSets): Promise<void> {
  const faults = rebuildFaults(before, await toldAgain(stack));
  if (faults.length > 0) throw new Error(faults.join('\n'));
}

/** @param told ids of what the new stream has */
export function rebuildFaults({ confirmed, outstanding }: OutboxSets, told: ReadonlySet<string>): string[] {
  const shown = (ids: string[]): string => `${ids.length} events, ${ids.slice(0, 5).join()}`;
  const untold = [...outstanding].filter((id) => !told.has(id));
  const needless = [...confirmed].filter((id) => told.has(id));
  return [
    ...(untold.length > 0 ? [`I16: not told again: ${shown(untold)}`] : []),
    ...(needless.length > 0 ? [`I16: told again though they had been confirmed: ${shown(needless)}`] : []),
  ];
}

/** Everything that the stream has. */
async function toldAgain(stack: TestStack): Promise<Set<string>> {
  const connection = await connectNats({ natsUrl: stack.nats.url, name: 'trial' });
  try {
    const told = new Set<string>();
    const { state } = await (await jetstreamManager(connection)).streams.info(streams.event);
    const consumer = await jetstream(connection).consumers.get(streams.event);
    for (let left = state.messages; left > 0; left -= 1) {
      const message = await consumer.next({ expires: 5_000 });
      if (!message) throw new Error(`stream EVENT has ${left} messages less than it says`);
      for (const { id } of message.json<{ id: string }[]>()) told.add(id);
    }
    return told;
  } finally {
    await connection.close();
  }
}
