import { randomUUID } from 'node:crypto';
import type { TerminalBatch } from '#contracts';
import { messageOf } from './message-tap.js';
import { tapRow } from './tap-rows.js';

const partitions = 16n;

export const f5 = tapRow({
  id: 'F5',
  title: 'ends of jobs and workflows that are not there, and of those of others',
  besides: ({ random }, tap, message) => {
    const { gateway, batches } = messageOf(message);
    const others = tap.heard.filter(({ subject }) => subject === message.subject).slice(0, -1);
    const strange: ((job: string) => string)[] = [
      (job) => `${BigInt(workflowOf(job)) + partitions * 1_000_000n}:0`,
      (job) => `${workflowOf(job)}:1000000`,
      // A lease of one workflow says nothing about another's jobs.
      (job) => (others.length > 0 ? (messageOf(random.pick(others)).batches[0]?.events[0]?.job ?? job) : `${job}0`),
    ];
    const rename = random.pick(strange);
    const renamed = batches.map((batch): TerminalBatch => ({
      ...batch,
      batchId: randomUUID(),
      leases: batch.leases.map((lease) => ({ ...lease, token: random.once(2) ? lease.token : 'guessed' })),
      events: batch.events.map((event) => ({ ...event, job: rename(event.job), attempt: event.attempt })),
    }));
    tap.send(message, JSON.stringify({ gateway, batches: renamed }));
  },
});

const workflowOf = (job: string): string => job.split(':')[0] ?? '';
