import type { Kill } from '../command/cancel-workflow.js';
import type { OrderStore } from '../ports/order-store.js';
import type { ReadStore } from '../ports/read-store.js';
import type { TransitionStore } from '../ports/transition-store.js';

/** Hints may be lost: a sweep finds what they tell. */
export interface OrderHints {
  /** Wakes the owner of a partition: an order waits for it. */
  command: (partition: number) => void;
  /** Jobs of these classes may be handed out, and under these limits there is room again. */
  ready: (classes: number[], room?: { limits: number[] }) => void;
  /** Attempts that workers are to stop. */
  kill: (kills: Kill[]) => void;
  /** Back-offs count again: some may be over. */
  held: () => void;
}

export interface OrderPorts {
  transitions: Pick<TransitionStore, 'step' | 'rehearse'>;
  hints: OrderHints;
}

export interface RetryPorts extends OrderPorts {
  orders: OrderStore;
  jobs: Pick<ReadStore, 'jobsNamed'>;
  sleep: (ms: number) => Promise<void>;
}

/** What an order does; with `dryRun` it is told and taken back. */
export interface OrderOptions {
  dryRun: boolean;
}
