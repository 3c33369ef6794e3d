import type { WorkerAnswer } from '#contracts';
import type { OrderNote } from '../ports/site-store.js';
import type { SitePorts } from './change-sites.js';

/**
 * Tells one worker to end: `drain`, once what runs has ended or its grace time is over; `stop`, at once. It hears of it
 * with its next answer. Safe to repeat.
 * @returns null for an unknown session
 */
export async function orderWorker(
  { sites, hints }: SitePorts,
  order: OrderNote & { session: string; verb: 'drain' | 'stop'; dryRun: boolean },
): Promise<WorkerAnswer | null> {
  const { dryRun } = order;
  const outcome = await sites.orderWorker(order, { dryRun });
  if (outcome?.changed === true && !dryRun) hints.changed({ sites: [], sessions: [order.session] });
  return outcome && { ...outcome, dryRun };
}
