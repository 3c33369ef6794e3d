import { leaseJobsMax } from '#contracts';

/** Expected work that a worker keeps queued per slot. */
export const prefetchMs = 10_000;
/** Jobs kept queued at most, however short they are: what one worker hoards, another waits for. */
export const queuedJobsMax = 1_500;

/** What a worker knows when it decides whether to ask. Slots: jobs of the latest shape. */
export interface Backlog {
  queued: number;
  /** Slots of the whole worker. */
  slots: number;
  /** Slots free now. */
  freeSlots: number;
  /** Milliseconds that a job of the latest lease takes, null: not known. */
  usualMs: number | null;
  /** Bound on the next lease while jobs turn out short: see `nextRamp`. */
  ramp: number;
}

/**
 * How many jobs to ask for; 0: enough is queued.
 * P1 Jobs that outlast the prefetch are asked for only when there is a slot for them.
 * P2 Shorter ones are asked for again when half of the prefetch is used up, so that slots never run dry.
 * P3 While nothing is known, twice what fits is asked for once, and no more until something ended.
 */
export function leaseSize(backlog: Backlog): number {
  const { queued, freeSlots, usualMs, ramp } = backlog;
  if (usualMs === null) return queued === 0 && freeSlots > 0 ? Math.min(leaseJobsMax, ramp) : 0; // P3
  const wanted = Math.min(ramp * 1.5, queuedAim(backlog.slots, usualMs));
  const free = Math.max(0, freeSlots - queued); // P1
  const ahead = queued <= wanted / 2 ? wanted - queued : 0; // P2
  return Math.min(leaseJobsMax, Math.max(free, Math.floor(ahead)));
}

/** The bound after a lease: doubles while the prefetch would hold more of such jobs than the bound allows. */
export function nextRamp(backlog: Backlog): number {
  if (backlog.usualMs === null || queuedAim(backlog.slots, backlog.usualMs) <= backlog.ramp) return backlog.ramp;
  return Math.min(leaseJobsMax, backlog.ramp * 2);
}

/** Jobs that make up the prefetch; 0 when one alone outlasts it. */
function queuedAim(slots: number, usualMs: number): number {
  if (usualMs > prefetchMs) return 0;
  return Math.min(queuedJobsMax, Math.ceil((slots * prefetchMs) / Math.max(usualMs, 0.001)));
}
