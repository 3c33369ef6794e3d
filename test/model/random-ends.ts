import type { TerminalBatch } from '#contracts';
import type { MachineEnd } from '#core';
import type { GrantedJob } from '#engine';
import type { Random, TrialEnd } from '#test-kit';

/** How an attempt went: more often well than not. */
export function randomEnd(random: Random): TrialEnd & MachineEnd {
  if (random.once(10)) return { outcome: 'returned' };
  if (!random.once(3)) return { outcome: 'finished' };
  const reason = random.pick(['error', 'timeout', 'memory', 'lost', 'evicted', 'site', 'rejected'] as const);
  const peak = random.once(2) ? {} : { peakMemoryMib: random.between(500, 9_000) };
  const byOrder = reason === 'evicted' && random.once(2);
  return { outcome: 'failed', reason, exitCode: random.pick([1, 7]), ...peak, ...(byOrder && { byOrder }) };
}

/** Do two of them tell about one attempt? Then who comes first decides, and two calls at once have no order. */
export function contradict(batches: TerminalBatch[]): boolean {
  const told = batches.flatMap(({ events }) => events.map(({ job, attempt }) => `${job}#${attempt}`));
  return new Set(told).size < told.length;
}

export const nameOf = (job: GrantedJob): string => `${job.workflowNo}:${job.ordinal}#${job.attempt}`;

export function onlyEvent(batch: TerminalBatch): TerminalBatch['events'][number] {
  const [event] = batch.events;
  if (!event) throw new Error('the batch is empty');
  return event;
}
