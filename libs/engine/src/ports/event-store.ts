import type { PublicEventType } from '#contracts';
import type { VisibleSpaces } from '#core';
import type { OutboxRow } from './outbox-store.js';

/** An event's place in the log, and whether it is one of those asked for, that the asker sees. */
export interface EventMark {
  partition: number;
  /** A bigint as text. */
  seq: string;
  atMs: number;
  bytes: number;
  wanted: boolean;
}

export interface EventRange {
  types: readonly PublicEventType[] | undefined;
  /** RFC 3339; null: from the first. */
  since: string | null;
  /** Events of workflows in other spaces are passed over. */
  visible: VisibleSpaces;
  /** Of each partition at most. */
  rows: number;
}

/**
 * The event log. A seq is given out and its row committed under its partition's lock, so that behind the last one seen
 * nothing appears any more: a position in each partition is all that a reader has to remember.
 */
export interface EventStore {
  /** Marks behind the seq of each partition, in order of each. */
  behind(position: ReadonlyMap<number, string>, range: EventRange): Promise<EventMark[]>;
  /** Marks of one workflow behind a seq of its partition. */
  ofWorkflow(workflowNo: string, after: string, range: EventRange): Promise<EventMark[]>;
  /** A position that has every event of this time and later behind it. */
  positionAt(partitions: readonly number[], time: string): Promise<Map<number, string>>;
  /** In the order of the marks. */
  read(marks: readonly EventMark[], visible: VisibleSpaces): Promise<OutboxRow[]>;
}
