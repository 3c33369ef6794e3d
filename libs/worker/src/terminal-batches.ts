import { randomUUID } from 'node:crypto';
import { terminalBatchBytesMax, terminalEventsMax } from '#contracts';
import type { EndedAttempt } from './ended-attempt.js';
import type { JournalBatch } from './journal.js';
import type { Lease, SessionGrant } from './leased-job.js';

/** A TerminalBatch, written once, and what must be let go of when it is settled. */
export interface BuiltBatch extends JournalBatch {
  readonly grant: SessionGrant;
  /** `job:attempt` of each event. */
  readonly keys: readonly string[];
}

/** WorkerRoom for the batch's own fields. */
const envelopeBytes = 256;
const leaseBytesMax = 160;

/**
 * Writes ended attempts of one session and one partition as batches of at most 1,000 events and 512 KiB. Order is kept.
 * @param ended at least one
 */
export function terminalBatches(grant: SessionGrant, partition: number, ended: readonly EndedAttempt[]): BuiltBatch[] {
  const built: BuiltBatch[] = [];
  let writer = new BatchWriter(grant, partition);
  for (const attempt of ended) {
    if (writer.add(attempt)) continue;
    built.push(writer.built());
    writer = new BatchWriter(grant, partition);
    writer.add(attempt);
  }
  built.push(writer.built());
  return built;
}

class BatchWriter {
  private readonly events: string[] = [];
  private readonly keys: string[] = [];
  private readonly leases = new Map<Lease, number>();
  private bytes = envelopeBytes;

  constructor(
    private readonly grant: SessionGrant,
    private readonly partition: number,
  ) {}

  /** @returns false, and adds nothing, when it is full. The first is always taken: one event is far below 512 KiB. */
  add({ job, event }: EndedAttempt): boolean {
    const lease = this.leases.get(job.lease) ?? this.leases.size;
    const text = JSON.stringify({ lease, ...event });
    const bytes = Buffer.byteLength(text) + 1 + (lease === this.leases.size ? leaseBytesMax : 0);
    if (
      this.events.length > 0 &&
      (this.events.length >= terminalEventsMax || this.bytes + bytes > terminalBatchBytesMax)
    ) {
      return false;
    }
    this.leases.set(job.lease, lease);
    this.events.push(text);
    this.keys.push(job.key);
    this.bytes += bytes;
    return true;
  }

  built(): BuiltBatch {
    const batchId = randomUUID();
    const { session, token } = this.grant;
    const leases = Array.from(this.leases.keys(), ({ id, token }) => ({ id, token }));
    const head = JSON.stringify({ batchId, session, partition: this.partition, leases }).slice(0, -1);
    return { batchId, token, text: `${head},"events":[${this.events.join(',')}]}`, grant: this.grant, keys: this.keys };
  }
}
