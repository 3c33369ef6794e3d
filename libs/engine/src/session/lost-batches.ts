import { jobId, terminalEventsMax, type TerminalBatch } from '#contracts';
import type { HeldAttempt, TerminalBus } from '../ports/session-store.js';

export interface GiveUp {
  bus: TerminalBus;
  newBatchId: () => string;
  /** Shown with the attempts: why. */
  message: string;
  endedAtMs: number;
}

/** Tells the stream that attempts are lost: they end like any other. Safe to repeat, also by several brokers at once. */
export async function giveUpAttempts(attempts: readonly HeldAttempt[], options: GiveUp): Promise<void> {
  for (const own of groupBy(attempts, ({ session }) => session).values()) {
    for (const [partition, members] of groupBy(own, (attempt) => attempt.partition)) {
      for (let from = 0; from < members.length; from += terminalEventsMax) {
        await options.bus.publish(partition, [lostBatch(members.slice(from, from + terminalEventsMax), options)]);
      }
    }
  }
}

/** @param attempts of one session and one partition. */
function lostBatch(attempts: readonly HeldAttempt[], { newBatchId, message, endedAtMs }: GiveUp): TerminalBatch {
  const leases = [...new Map(attempts.map(({ leaseId, token }) => [leaseId, { id: leaseId, token }])).values()];
  const positions = new Map(leases.map((lease, position) => [lease.id, position]));
  return {
    batchId: newBatchId(),
    session: attempts[0]?.session ?? '0',
    partition: attempts[0]?.partition ?? 0,
    leases,
    events: attempts.map(({ leaseId, workflowNo, ordinal, attempt }) => ({
      lease: positions.get(leaseId) ?? 0,
      job: jobId(workflowNo, ordinal),
      attempt,
      outcome: 'failed',
      reason: 'lost',
      ...{ message, endedAtMs },
    })),
  };
}

/** Items by a key, each in the order in which they came. */
export function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
