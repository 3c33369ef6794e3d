import type { DeadLetterView } from '#contracts';

/** A message, or a part of one, that can never be applied. */
export interface DeadLetter {
  stream: string;
  partition: number;
  body: Uint8Array;
  reason: string;
  /** As far as it can be read. */
  about: { batchId: string | null; session: string | null; workflowNos: string[]; jobs: number };
}

/** One that is on its way back to its stream. */
export interface RequeuedLetter {
  id: string;
  stream: string;
  partition: number;
  body: Uint8Array;
}

export interface DeadLetterStore {
  /** Sets one aside. The same one again counts one more time, with its new reason, and is requeued no more. */
  add(letter: DeadLetter): Promise<void>;
  /** Requeued letters that were handled: those that were not set aside again meanwhile are gone. */
  handled(ids: readonly string[]): Promise<void>;
  /** How many there are, and when the oldest was set aside first. */
  count(): Promise<{ total: number; oldestAt: string | null }>;
  /** By id, from behind `after`. */
  page(selection: { after: string; rows: number }): Promise<DeadLetterView[]>;
  read(id: string): Promise<{ view: DeadLetterView; body: Uint8Array } | null>;
  /** Those of them that are there. */
  known(ids: readonly string[]): Promise<string[]>;
  /** Marks a letter as requeued; null when it is not there. It stays until it is handled. */
  requeue(id: string): Promise<RequeuedLetter | null>;
  /** It could not be sent: it is requeued no more. */
  notSent(id: string): Promise<void>;
  /** @returns those that were there */
  drop(ids: readonly string[]): Promise<string[]>;
}
