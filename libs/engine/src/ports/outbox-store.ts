import type { PublicEvent } from '#contracts';

export interface OutboxRow {
  partition: number;
  seq: string;
  workflow: string;
  runNo: number;
  type: PublicEvent['type'];
  body: string;
  /** RFC 3339, UTC: the database's clock. */
  at: string;
}

export interface OutboxStore {
  /** Events that the stream has not confirmed, oldest first in each partition. */
  unconfirmed(partitions: number[], rowsMax: number): Promise<OutboxRow[]>;
  confirm(rows: OutboxRow[]): Promise<void>;
}

export interface EventBus {
  /** Stores one message: the events of one partition, in order. Repeats are told apart by the events' own ids. */
  publish(partition: number, body: string): Promise<void>;
}
