import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { jobId, type LeaseAnswer, type RegisterAnswer, type TerminalBatch } from '#contracts';

export interface TimedWorkerOptions {
  url: string;
  /** The stack's token. */
  token: string;
  name: string;
  cores: number;
  /** Told of each program when it has ended, or when all is over: whose workflow, and its core seconds. */
  ran: (workflow: string, coreSec: number) => void;
}

interface GrantedJob {
  workflow: string;
  cores: number;
  sec: number;
  batch: Omit<TerminalBatch, 'events'>;
  end: TerminalBatch['events'][number];
}

const memoryMib = 1_000_000;
const pollSec = 2;

/**
 * A worker that runs nothing but lets the time of its jobs (seconds in the variable SEC of their template) really pass, as
 * many at once as its cores allow, in the order in which it got them. It speaks the worker protocol as far as that needs.
 */
export class TimedWorker {
  private session: RegisterAnswer = { session: '', token: '' } as RegisterAnswer;
  private readonly queue: GrantedJob[] = [];
  private readonly running = new Set<Promise<void>>();
  private readonly over = new AbortController();
  private freeCores: number;

  constructor(private readonly options: TimedWorkerOptions) {
    this.freeCores = options.cores;
  }

  async register(): Promise<void> {
    const { name, cores, token } = this.options;
    const offer = {
      site: 'timed',
      worker: name,
      cores,
      memoryMib,
      walltimeSec: null,
      tags: {},
      transforms: ['noop@1'],
    };
    this.session = await this.post<RegisterAnswer>('sessions', offer, token);
  }

  /** Works until stop(). */
  async run(): Promise<void> {
    while (!this.over.signal.aborted) {
      if (this.queue.length === 0 && this.freeCores >= 1) await this.lease();
      for (let next = this.queue[0]; next && next.cores <= this.freeCores; next = this.queue[0]) {
        this.queue.shift();
        this.begin(next);
      }
      if (this.queue.length > 0 || this.freeCores < 1) await Promise.race(this.running);
    }
    await Promise.all(this.running);
  }

  stop(): void {
    this.over.abort();
  }

  private begin(job: GrantedJob): void {
    this.freeCores -= job.cores;
    const end = this.work(job).finally(() => {
      this.freeCores += job.cores;
      this.running.delete(end);
    });
    this.running.add(end);
  }

  private async work({ workflow, cores, sec, batch, end }: GrantedJob): Promise<void> {
    const startedAtMs = Date.now();
    await sleep(sec * 1_000, undefined, { signal: this.over.signal }).catch(() => undefined);
    const endedAtMs = Date.now();
    this.options.ran(workflow, ((endedAtMs - startedAtMs) / 1_000) * cores);
    if (this.over.signal.aborted) return;
    await this.post('report', { ...batch, events: [{ ...end, startedAtMs, endedAtMs }] });
  }

  private async lease(): Promise<void> {
    const free = { cores: this.freeCores, memoryMib, walltimeLeftSec: null };
    const asked = { requestId: randomUUID(), free, max: this.options.cores, waitSec: pollSec };
    const { lease, tasks, jobs } = await this.post<LeaseAnswer>('lease', asked);
    if (lease === null) return;
    for (const { task, ordinal, attempt } of jobs) {
      const of = tasks[task];
      if (!of) throw new Error('a job without its task');
      const { workflow, workflowNo, partition, resources, env } = of;
      const batch = { batchId: randomUUID(), session: this.session.session, partition, leases: [lease] };
      const end = { lease: 0, job: jobId(workflowNo, ordinal), attempt, outcome: 'finished' as const, endedAtMs: 0 };
      this.queue.push({ workflow, cores: resources.cores, sec: Number(env['SEC']), batch, end });
    }
  }

  private async post<Answer>(call: string, json: unknown, token = this.session.token): Promise<Answer> {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const request = { method: 'POST', headers, body: JSON.stringify(json) };
    const answer = await fetch(`${this.options.url}/worker/v1/${call}`, request);
    if (!answer.ok) throw new Error(`${call}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Answer;
  }
}
