/**
 * Reads the event log page by page, for anybody who remembers how far they came.
 *
 * E1  A reader who goes on from where a page ended misses nothing and gets nothing twice, whoever writes meanwhile.
 * E2  Events of one partition, and so of one workflow, come in the order of their seq.
 * E3  Whoever reads the same stretch again gets the same events in the same order, whatever the size of the pages:
 *     partitions are merged by the time of what each has next.
 */
import { partitionCount, partitionOf, type PublicEventType } from '#contracts';
import type { VisibleSpaces } from '#core';
import type { EventMark, EventRange, EventStore } from '../ports/event-store.js';
import { cloudEvent } from './cloud-event.js';

/** Bytes of bodies in one page; it has one event at least. */
const pageBytesMax = 4 * 1024 * 1024;
/** Events looked at for one page, where many are of other types. */
const lookedAtMax = 1_000;

/** How far a reader came: the last seq of each partition, and the time it asked to begin at. */
export interface EventPosition {
  seqs: ReadonlyMap<number, string>;
  since: string | null;
}

export interface EventRequest {
  /** Its number; null: all of them. */
  workflowNo: string | null;
  from: EventPosition;
  types: readonly PublicEventType[] | undefined;
  limit: number;
  visible: VisibleSpaces;
}

export interface FoundEvents {
  /** CloudEvents as JSON text. */
  events: string[];
  next: EventPosition;
  more: boolean;
}

const everyPartition = Array.from({ length: partitionCount }, (_, partition) => partition);

/** Where the events of a time begin; null: the first ones. */
export async function eventsFrom(
  store: EventStore,
  { workflowNo, time }: { workflowNo: string | null; time: string | null },
): Promise<EventPosition> {
  const partitions = workflowNo === null ? everyPartition : [partitionOf(workflowNo)];
  // One workflow's events are few: they are looked through.
  if (time === null || workflowNo !== null) return { seqs: new Map(partitions.map((no) => [no, '0'])), since: time };
  return { seqs: await store.positionAt(partitions, time), since: time };
}

export async function pageEvents(store: EventStore, request: EventRequest): Promise<FoundEvents> {
  const { workflowNo, from, types, limit, visible } = request;
  const filtered = types !== undefined || from.since !== null || visible !== null;
  const range: EventRange = { types, visible, since: from.since, rows: filtered ? lookedAtMax : limit + 1 };
  const marks =
    workflowNo === null
      ? merged(await store.behind(from.seqs, range))
      : await store.ofWorkflow(workflowNo, from.seqs.get(partitionOf(workflowNo)) ?? '0', range);
  const taken = firstPage(marks, { limit, rows: range.rows });
  const wanted = taken.filter((mark) => mark.wanted);
  const rows = wanted.length === 0 ? [] : await store.read(wanted, visible);
  const seqs = new Map(from.seqs);
  for (const { partition, seq } of taken) seqs.set(partition, seq);
  return { events: rows.map(cloudEvent), next: { seqs, since: from.since }, more: taken.length < marks.length };
}

/** Marks up to a full page; of what is looked at no more than one partition is sure to have told. */
function firstPage(marks: EventMark[], { limit, rows }: { limit: number; rows: number }): EventMark[] {
  let events = 0;
  let bytes = 0;
  for (const [at, mark] of marks.entries()) {
    if (at >= rows - 1) return marks.slice(0, at);
    if (!mark.wanted) continue;
    if (events >= limit || (events > 0 && bytes + mark.bytes > pageBytesMax)) return marks.slice(0, at);
    events += 1;
    bytes += mark.bytes;
  }
  return marks;
}

/** @see E3 */
function merged(marks: EventMark[]): EventMark[] {
  const queues = new Map<number, EventMark[]>();
  for (const mark of marks) {
    const queue = queues.get(mark.partition);
    if (queue) queue.push(mark);
    else queues.set(mark.partition, [mark]);
  }
  const heads = [...queues.values()].map((queue) => ({ queue, at: 0 }));
  const order: EventMark[] = [];
  while (order.length < marks.length) {
    let first: { queue: EventMark[]; at: number } | undefined;
    for (const head of heads) {
      const mine = head.queue[head.at];
      const best = first?.queue[first.at];
      if (mine && (!best || mine.atMs < best.atMs)) first = head;
    }
    const mark = first?.queue[first.at];
    if (!first || !mark) break;
    order.push(mark);
    first.at += 1;
  }
  return order;
}
