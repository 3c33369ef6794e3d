import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  heldHash,
  jobId,
  type HeartbeatRequest,
  type LeaseAnswer,
  type LeaseRequest,
  type ReportAnswer,
  type TerminalBatch,
} from '#contracts';
import { LeanConnection } from './lean-connection.js';

export interface SimulatedOptions {
  url: string;
  /** The stack's token. */
  token: string;
  name: string;
  /** Jobs asked for with one lease. */
  leaseJobs: number;
  /** How long they take together, on average: from half to one and a half times that. Null: for ever, it only beats then. */
  workMs: number | null;
  heartbeatMs: number;
  /** A lease answer with jobs came: when, by `Date.now()`, and after how long since it was first asked for. */
  leased: (atMs: number, tookMs: number) => void;
}

/** As real workers wait: doubling, drawn between half and all of it. */
const firstWaitMs = 100;
const longestWaitMs = 4_000;
const pollSec = 20;

/**
 * A worker that speaks the protocol over one connection and runs nothing: it leases, lets the time of its jobs pass while it
 * beats, reports, and asks again. Like a real one it repeats what failed for ever, a lease under its request's id and a
 * report under its batch's.
 */
export class SimulatedWorker {
  /** Opened with the first call: a server closes one that says nothing for long. */
  private connection: LeanConnection | null = null;
  private session = '';
  private sessionToken = '';
  private readonly ended = new AbortController();
  private readonly startedMs = performance.now();
  private beatDueMs = 0;
  private held: { count: number; hash: number; leaseSeen: string | null } = { count: 0, hash: 0, leaseSeen: null };

  constructor(private readonly options: SimulatedOptions) {}

  /** Registers; the first beat comes after a random part of the beat's time, as workers start at different times. */
  async register(): Promise<void> {
    const body = {
      ...{ site: 'bench', worker: this.options.name, cores: this.options.leaseJobs, memoryMib: 1_000_000 },
      ...{ walltimeSec: null, tags: {}, transforms: ['noop@1'] },
    };
    const text = await this.post('/worker/v1/sessions', this.options.token, () => JSON.stringify(body));
    const answer = JSON.parse(text) as { session: string; token: string };
    this.session = answer.session;
    this.sessionToken = answer.token;
    this.beatDueMs = performance.now() + Math.random() * this.options.heartbeatMs;
  }

  /** Works until it is stopped. */
  async run(): Promise<void> {
    try {
      while (!this.ended.signal.aborted) await this.workOnce();
    } catch (fault) {
      if (!this.ended.signal.aborted) throw fault;
    }
  }

  stop(): void {
    this.ended.abort(new Error('stopped'));
    this.connection?.close();
  }

  private async workOnce(): Promise<void> {
    const leases = [await this.lease(this.options.leaseJobs)];
    while (this.options.workMs === null && this.held.count < this.options.leaseJobs) {
      leases.push(await this.lease(this.options.leaseJobs - this.held.count));
    }
    await this.passTime((this.options.workMs ?? Infinity) * (0.5 + Math.random()));
    for (const batch of leases.flatMap((lease) => batchesOf(lease, this.session))) await this.report(batch);
    this.held = { ...this.held, count: 0, hash: 0 };
  }

  /** Asks until it gets some. */
  private async lease(max: number): Promise<LeaseAnswer> {
    const free = { cores: max, memoryMib: 1_000_000, walltimeLeftSec: null };
    const requestId = randomUUID();
    for (let again = false; ; again = true) {
      await this.beatIfDue();
      const askedMs = performance.now();
      const request: LeaseRequest = { requestId, again, free, max, waitSec: pollSec };
      const text = await this.post('/worker/v1/lease', this.sessionToken, (failed) =>
        JSON.stringify({ ...request, again: again || failed > 0 }),
      );
      const answer = JSON.parse(text) as LeaseAnswer;
      this.ended.signal.throwIfAborted();
      if (answer.lease === null) continue;
      this.options.leased(Date.now(), performance.now() - askedMs);
      this.hold(answer, answer.lease.id);
      return answer;
    }
  }

  private hold(answer: LeaseAnswer, leaseSeen: string): void {
    const keys = answer.jobs.map((job) => keyOf(answer, job));
    const hash = (this.held.hash + heldHash(keys)) >>> 0;
    this.held = { count: this.held.count + keys.length, hash, leaseSeen };
  }

  private async passTime(ms: number): Promise<void> {
    const endMs = performance.now() + ms;
    while (performance.now() < endMs) {
      const untilMs = Math.min(endMs, this.beatDueMs);
      await sleep(Math.max(0, untilMs - performance.now()), undefined, { signal: this.ended.signal });
      await this.beatIfDue();
    }
  }

  private async beatIfDue(): Promise<void> {
    if (performance.now() < this.beatDueMs) return;
    this.beatDueMs = performance.now() + this.options.heartbeatMs;
    const { count, hash, leaseSeen } = this.held;
    await this.post('/worker/v1/heartbeat', this.sessionToken, () => {
      const upMs = Math.round(performance.now() - this.startedMs);
      const beat: HeartbeatRequest = {
        upMs,
        heldCount: count,
        heldHash: hash,
        leaseSeen,
        batches: [],
        draining: false,
      };
      return JSON.stringify(beat);
    });
  }

  /** Said again under the same id, on the same wait as a real worker's, until it is settled. */
  private async report(batch: TerminalBatch): Promise<void> {
    const body = JSON.stringify(batch);
    for (;;) {
      const answer = JSON.parse(await this.post('/worker/v1/report', this.sessionToken, () => body)) as ReportAnswer;
      if (answer.state === 'settled') return;
      await this.passTime(longestWaitMs);
    }
  }

  /** @param body is told how often it failed before. */
  private async post(path: string, token: string, body: (failed: number) => string): Promise<string> {
    for (let failed = 0; ; failed += 1) {
      try {
        this.connection ??= new LeanConnection(this.options.url);
        return await this.connection.post(path, token, body(failed));
      } catch {
        this.ended.signal.throwIfAborted();
        this.connection?.close();
        this.connection = null;
        const longestMs = Math.min(longestWaitMs, firstWaitMs * 2 ** failed);
        await sleep(longestMs * (0.5 + Math.random() / 2), undefined, { signal: this.ended.signal });
      }
    }
  }
}

const keyOf = (answer: LeaseAnswer, job: LeaseAnswer['jobs'][number]): string =>
  `${jobId(answer.tasks[job.task]?.workflowNo ?? '0', job.ordinal)}:${job.attempt}`;

/** One batch per partition: everything finished. */
function batchesOf(answer: LeaseAnswer, session: string): TerminalBatch[] {
  const byPartition = new Map<number, TerminalBatch>();
  const nowMs = Date.now();
  for (const job of answer.jobs) {
    const { partition, workflowNo } = answer.tasks[job.task] ?? { partition: 0, workflowNo: '0' };
    const batch = byPartition.get(partition) ?? {
      ...{ batchId: randomUUID(), session, partition, events: [] },
      leases: answer.lease ? [answer.lease] : [],
    };
    byPartition.set(partition, batch);
    batch.events.push({
      ...{ lease: 0, job: jobId(workflowNo, job.ordinal), attempt: job.attempt, outcome: 'finished' },
      ...{ startedAtMs: nowMs, endedAtMs: nowMs },
    });
  }
  return [...byPartition.values()];
}
