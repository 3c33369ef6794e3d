import { randomUUID } from 'node:crypto';
import { jobId, partitionOf, type LeaseAnswer, type TerminalBatch } from '#contracts';
import type { TestStack } from '#test-kit';
import { WorkerApi } from '#worker';

const waitSec = 5;
/** A report that has no verdicts yet is sent again after so long: it has one effect. */
const resendMs = 500;

/** A session of the worker protocol without a worker: for races that hundreds of workers would make. */
export class BareSession {
  /** It keeps its id until it has brought jobs: a grant may be on its way when a poll ends empty. */
  private open: { requestId: string; again: boolean } = { requestId: randomUUID(), again: false };

  private constructor(
    private readonly api: WorkerApi,
    private readonly session: string,
    private readonly token: string,
  ) {}

  static async register(stack: TestStack, name: string): Promise<BareSession> {
    const api = new WorkerApi({ url: stack.urls[0] ?? '', timeoutMs: 60_000 });
    const offer = { site: 'local', worker: name, cores: 1, memoryMib: 1_024, gpus: 0, diskMib: null, features: [] };
    const more = { walltimeSec: null, tags: {}, transforms: ['noop@1'], workDir: name, requestId: randomUUID() };
    const { session, token } = await api.register({ ...offer, ...more }, stack.token);
    return new BareSession(api, session, token);
  }

  /** Asks for one job; an answer without one is a value too. */
  async lease(): Promise<LeaseAnswer> {
    const free = { cores: 1, memoryMib: 1_024, gpus: 0, walltimeLeftSec: null };
    const answer = await this.api.lease({ ...this.open, free, max: 1, waitSec }, this.token);
    const { requestId } = this.open;
    this.open = answer.lease ? { requestId: randomUUID(), again: false } : { requestId, again: true };
    return answer;
  }

  /** Reports that all jobs of a lease have finished, until that is settled. */
  async finish({ lease, tasks, jobs }: LeaseAnswer): Promise<void> {
    const [task] = tasks;
    if (!lease || !task) return;
    const nowMs = Date.now();
    const batch: TerminalBatch = {
      batchId: randomUUID(),
      session: this.session,
      partition: partitionOf(task.workflowNo),
      leases: [lease],
      events: jobs.map(({ ordinal, attempt }) => ({
        ...{ lease: 0, job: jobId(task.workflowNo, ordinal), attempt },
        ...{ outcome: 'finished', startedAtMs: nowMs, endedAtMs: nowMs },
      })),
    };
    while ((await this.api.report(JSON.stringify(batch), this.token)).verdicts === null)
      await new Promise((resolve) => setTimeout(resolve, resendMs));
  }

  async end(): Promise<void> {
    await this.api.endSession(this.token);
    this.api.close();
  }
}
