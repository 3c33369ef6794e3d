import { randomUUID } from 'node:crypto';
import { ProblemError } from '#client';
import { jobId, partitionOf, type BatchVerdicts, type LeaseAnswer, type TerminalBatch } from '#contracts';
import type { TestStack } from '#test-kit';
import { WorkerApi } from '#worker';

const waitSec = 5;
/** A report that has no verdicts yet is sent again after so long: it has one effect. */
const resendMs = 500;

/** A session of the worker protocol without a worker: for races that hundreds of workers would make. */
export class BareSession {
  /** It keeps its id until it has brought jobs: a grant may be on its way when a poll ends empty. */
  private open: { requestId: string; again: boolean } = { requestId: randomUUID(), again: false };

  private readonly gone = new AbortController();

  private constructor(
    private readonly api: WorkerApi,
    private readonly session: string,
    private readonly token: string,
  ) {}

  static async register(stack: TestStack, name: string, site = 'local'): Promise<BareSession> {
    const api = new WorkerApi({ url: stack.urls[0] ?? '', timeoutMs: 60_000 });
    const offer = { site, worker: name, cores: 1, memoryMib: 1_024, gpus: 0, diskMib: null, features: [] };
    const more = { walltimeSec: null, tags: {}, transforms: ['noop@1'], workDir: name, requestId: randomUUID() };
    const { session, token } = await api.register({ ...offer, ...more }, stack.token);
    return new BareSession(api, session, token);
  }

  /** Asks for one job; an answer without one is a value too. */
  async lease(): Promise<LeaseAnswer> {
    const free = { cores: 1, memoryMib: 1_024, gpus: 0, walltimeLeftSec: null };
    const answer = await this.api.lease({ ...this.open, free, max: 1, waitSec }, this.token, this.gone.signal);
    const { requestId } = this.open;
    this.open = answer.lease ? { requestId: randomUUID(), again: false } : { requestId, again: true };
    return answer;
  }

  /** Reports that all jobs of a lease have finished, until that is settled. @returns what became of it; null: no jobs */
  async finish(answer: LeaseAnswer): Promise<BatchVerdicts | null> {
    const batch = this.batchOf(answer);
    if (!batch) return null;
    for (;;) {
      const { verdicts } = await this.api.report(JSON.stringify(batch), this.token);
      if (verdicts !== null) return verdicts;
      await new Promise((resolve) => setTimeout(resolve, resendMs));
    }
  }

  /** Reports the same, changed in a way that nobody may. @returns the status with which it is refused */
  async breakRules(answer: LeaseAnswer, change: (batch: TerminalBatch) => TerminalBatch): Promise<number> {
    const batch = this.batchOf(answer);
    if (!batch) throw new Error('a lease without jobs breaks no rule');
    try {
      await this.api.report(JSON.stringify(change(batch)), this.token);
      return 200;
    } catch (fault) {
      if (fault instanceof ProblemError) return fault.status;
      throw fault;
    }
  }

  /** Says that it is there, and holds nothing: who is not heard for long is given nothing more. */
  async beat(): Promise<void> {
    const upMs = Math.round(performance.now());
    const nothing = { heldCount: 0, heldHash: 0, leaseSeen: null, batches: [] };
    await this.api.heartbeat({ ...nothing, upMs, draining: false }, this.token);
  }

  /** As a machine that is switched off: it ends nothing, and is never heard again. */
  vanish(): void {
    this.gone.abort();
    this.api.close();
  }

  async end(): Promise<void> {
    await this.api.endSession(this.token);
    this.api.close();
  }

  private batchOf({ lease, tasks, jobs }: LeaseAnswer): TerminalBatch | null {
    const [task] = tasks;
    if (!lease || !task) return null;
    const nowMs = Date.now();
    return {
      batchId: randomUUID(),
      session: this.session,
      partition: partitionOf(task.workflowNo),
      leases: [lease],
      events: jobs.map(({ ordinal, attempt }) => ({
        ...{ lease: 0, job: jobId(task.workflowNo, ordinal), attempt },
        ...{ outcome: 'finished', startedAtMs: nowMs, endedAtMs: nowMs },
      })),
    };
  }
}
