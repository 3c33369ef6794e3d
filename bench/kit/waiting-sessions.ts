import { randomUUID } from 'node:crypto';
import { WorkerApi } from '#worker';
import { jobId, type LeaseAnswer, type LeaseRequest, type TerminalBatch } from '#contracts';
import { LeanConnection } from './lean-connection.js';
import type { Stack } from './stack.js';

export interface SessionsOptions {
  sessions: number;
  /** Jobs of one lease, at most. */
  leaseJobs: number;
}

/** Sessions opened at once at the start, so that the gateway is not flooded before anything is measured. */
const registeredAtOnce = 50;
const waitSec = 20;

interface Session {
  id: string;
  token: string;
}

/**
 * Many workers in one process: each waits for jobs, says at once that they finished, and waits again. They speak the
 * worker protocol and keep no journal; a run must be shorter than a session's term, since they send no heartbeats.
 */
export class WaitingSessions {
  private ended = false;
  private readonly connections: LeanConnection[] = [];
  private readonly loops: Promise<void>[] = [];

  private constructor(
    private readonly url: string,
    private readonly options: SessionsOptions,
  ) {}

  /** Registers them and lets them wait. */
  static async start(stack: Stack, options: SessionsOptions): Promise<WaitingSessions> {
    const api = new WorkerApi({ url: stack.url });
    const waiting = new WaitingSessions(stack.url, options);
    for (let from = 0; from < options.sessions; from += registeredAtOnce) {
      const size = Math.min(registeredAtOnce, options.sessions - from);
      const group = Array.from({ length: size }, (_, i) =>
        register(api, { name: `waiter-${from + i}`, stack, options }),
      );
      for (const session of await Promise.all(group)) waiting.loops.push(waiting.work(session));
    }
    api.close();
    return waiting;
  }

  /** @throws Error when a session failed. */
  async stop(): Promise<void> {
    this.ended = true;
    for (const connection of this.connections) connection.close();
    const outcomes = await Promise.allSettled(this.loops);
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failure !== undefined) throw new Error('a waiting session failed', { cause: failure.reason });
  }

  private async work(session: Session): Promise<void> {
    const connection = new LeanConnection(this.url);
    this.connections.push(connection);
    try {
      for (let no = 1; !this.ended; no += 1) await this.workOnce(connection, session, `r${no}`);
    } catch (cause) {
      if (!this.ended) throw cause;
    }
  }

  private async workOnce(connection: LeanConnection, session: Session, requestId: string): Promise<void> {
    const { leaseJobs } = this.options;
    const free = { cores: leaseJobs, memoryMib: leaseJobs, walltimeLeftSec: null };
    const request: LeaseRequest = { requestId, again: false, free, max: leaseJobs, waitSec };
    const answer = await connection.post('/worker/v1/lease', session.token, JSON.stringify(request));
    for (const batch of batchesOf(JSON.parse(answer) as LeaseAnswer, session)) {
      await connection.post('/worker/v1/report', session.token, JSON.stringify(batch));
    }
  }
}

interface Registration {
  name: string;
  stack: Stack;
  options: SessionsOptions;
}

async function register(api: WorkerApi, { name, stack, options }: Registration): Promise<Session> {
  const { session, token } = await api.register(
    {
      site: 'bench',
      worker: name,
      cores: options.leaseJobs,
      memoryMib: 1_024,
      walltimeSec: null,
      tags: {},
      transforms: ['noop@1'],
      ...{ gpus: 0, diskMib: null, features: [] },
    },
    stack.token,
  );
  return { id: session, token };
}

/** One batch per partition: everything finished the moment it came. */
function batchesOf(answer: LeaseAnswer, session: Session): TerminalBatch[] {
  const { lease } = answer;
  if (lease === null) return [];
  const byPartition = new Map<number, TerminalBatch>();
  const nowMs = Date.now();
  for (const job of answer.jobs) {
    const task = answer.tasks[job.task];
    if (task === undefined) throw new Error(`lease ${lease.id} names task ${job.task}, which it does not hold`);
    const batch = byPartition.get(task.partition) ?? emptyBatch(task.partition, session, lease);
    byPartition.set(task.partition, batch);
    batch.events.push({
      lease: 0,
      job: jobId(task.workflowNo, job.ordinal),
      attempt: job.attempt,
      outcome: 'finished',
      startedAtMs: nowMs,
      endedAtMs: nowMs,
    });
  }
  return [...byPartition.values()];
}

const emptyBatch = (partition: number, session: Session, lease: { id: string; token: string }): TerminalBatch => ({
  batchId: randomUUID(),
  session: session.id,
  partition,
  leases: [lease],
  events: [],
});
