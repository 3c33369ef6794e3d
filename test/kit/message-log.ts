/** A message that a recorder saw: what it says about reports, or about events. */
export type LoggedMessage =
  { at: string; subject: string; batches: LoggedBatch[] } | { at: string; subject: string; events: LoggedEvent[] };

export interface LoggedBatch {
  batchId: string;
  /** `workflowNo:ordinal#attempt` of each of its ends. */
  ends: string[];
}

export interface LoggedEvent {
  /** `partition.seq`. */
  id: string;
  type: string;
}

/** What was on the wire. */
export interface MessageLog {
  messages: readonly LoggedMessage[];
  /** Whether nothing was published that is missing here: the recorder's connection was never lost. */
  complete: boolean;
}

/** How often each event was published, and each report. */
export function deliveries({ messages }: MessageLog): {
  events: Map<string, { type: string; times: number }>;
  batches: Map<string, { ends: string[]; times: number }>;
} {
  const events = new Map<string, { type: string; times: number }>();
  const batches = new Map<string, { ends: string[]; times: number }>();
  for (const message of messages) {
    if ('events' in message)
      for (const { id, type } of message.events) events.set(id, { type, times: (events.get(id)?.times ?? 0) + 1 });
    else
      for (const { batchId, ends } of message.batches)
        batches.set(batchId, { ends, times: (batches.get(batchId)?.times ?? 0) + 1 });
  }
  return { events, batches };
}
