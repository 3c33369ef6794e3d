import type { PublicEventType } from '#contracts';
import type { VisibleSpaces } from '#core';
import type { EventMark, EventRange, EventStore, OutboxRow } from '#engine';
import { numbers } from './array-literal.js';
import type { Reads } from './database.js';
import * as queries from './generated/queries.js';

type MarkColumns = [partition: number, seq: string, at: Date, bytes: number, wanted: boolean];

/** The event log in PostgreSQL: the outbox, read by anybody and as often as wanted. */
export class PostgresEventStore implements EventStore {
  /**
   * @param database for marks: where events of all spaces are, and nothing of what they say
   * @param asked for the events themselves
   */
  constructor(
    private readonly database: Reads,
    private readonly asked: Reads = database,
  ) {}

  async behind(position: ReadonlyMap<number, string>, range: EventRange): Promise<EventMark[]> {
    const { types, since, rows, visible } = range;
    const found = await this.database.run<MarkColumns>(queries.eventsBehind, [
      ...[numbers([...position.keys()]), numbers([...position.values()])],
      ...[types ?? null, since, rows, visible],
    ]);
    return found.map(markOf);
  }

  async ofWorkflow(workflowNo: string, after: string, range: EventRange): Promise<EventMark[]> {
    const { types, since, rows, visible } = range;
    const params = [workflowNo, after, types ?? null, since, rows, visible];
    return (await this.asked.run<MarkColumns>(queries.eventsOfWorkflow, params)).map(markOf);
  }

  async positionAt(partitions: readonly number[], time: string): Promise<Map<number, string>> {
    const rows = await this.database.run<[number, string]>(queries.eventsSince, [numbers(partitions), time]);
    return new Map(rows);
  }

  async read(marks: readonly EventMark[], visible: VisibleSpaces): Promise<OutboxRow[]> {
    const rows = await this.asked.run<[number, string, string, number, PublicEventType, string, string]>(
      queries.eventsRead,
      [numbers(marks.map((mark) => mark.partition)), numbers(marks.map((mark) => mark.seq)), visible],
    );
    return rows.map(([partition, seq, workflow, runNo, type, body, at]) => {
      return { partition, seq, workflow, runNo, type, body, at };
    });
  }
}

const markOf = ([partition, seq, at, bytes, wanted]: MarkColumns): EventMark => {
  return { partition, seq, atMs: at.getTime(), bytes, wanted };
};
