/** An order as its repeats are known: `id` is a digest of who asks, where, and with which key; `body` one of what it says. */
export interface KeyedOrder {
  id: Uint8Array;
  body: Uint8Array;
}

/** `mine`: to be carried out. `busy`: another does it. `differs`: the key came with another body. */
export type AnswerClaim =
  { kind: 'mine' } | { kind: 'busy' } | { kind: 'differs' } | { kind: 'kept'; /** JSON text. */ answer: string };

/** Answers to orders that came with an Idempotency-Key. Each call is one statement. */
export interface KeptAnswerStore {
  /** @param claim who claims it, of this request alone; after `sec` another may overtake it */
  claim(order: KeyedOrder, claim: { by: string; sec: number }): Promise<AnswerClaim>;
  /** Does nothing for who was overtaken. */
  keep(order: KeyedOrder, by: string, answer: string): Promise<void>;
  /** The order was not carried out: its key is free again. */
  release(order: KeyedOrder, by: string): Promise<void>;
}
