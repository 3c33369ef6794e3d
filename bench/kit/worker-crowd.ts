import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { CrowdAnswer, CrowdOptions, CrowdOrder } from '../simulated-workers.js';

const program = join(import.meta.dirname, '..', 'simulated-workers.js');

export type CrowdPlan = Omit<CrowdOptions, 'first'> & { processes: number };

/** When lease answers with jobs came, by `Date.now()`, and after how long. */
export type LeaseTimes = [atMs: number, tookMs: number][];

/** Thousands of simulated workers in processes of their own. */
export class WorkerCrowd {
  private constructor(private readonly children: ChildProcess[]) {}

  /** Registers all of them; they wait for go(). */
  static async register({ processes, workers, ...options }: CrowdPlan): Promise<WorkerCrowd> {
    const share = Math.ceil(workers / processes);
    const children = Array.from({ length: processes }, () =>
      fork(program, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }),
    );
    const crowd = new WorkerCrowd(children);
    await Promise.all(
      children.map((child, no) => {
        const first = no * share;
        const start = { ...options, first, workers: Math.min(share, workers - first) };
        return ask(child, { start });
      }),
    );
    return crowd;
  }

  /** All ask for work at once. */
  go(): void {
    for (const child of this.children) child.send({ go: true } satisfies CrowdOrder);
  }

  /** What came since it was asked last. */
  async leases(): Promise<LeaseTimes> {
    const answers = await Promise.all(this.children.map((child) => ask(child, { tell: true })));
    return answers.flatMap((answer) => ('leases' in answer ? answer.leases : []));
  }

  stop(): void {
    for (const child of this.children) child.disconnect();
  }
}

/** @throws Error when the process has ended. */
async function ask(child: ChildProcess, order: CrowdOrder): Promise<CrowdAnswer> {
  const ended = new AbortController();
  const gone = once(child, 'exit', { signal: ended.signal }).then(() => {
    throw new Error('a process of simulated workers has ended');
  });
  gone.catch(() => undefined);
  const message = once(child, 'message');
  child.send(order);
  try {
    const [answer] = (await Promise.race([message, gone])) as [CrowdAnswer];
    return answer;
  } finally {
    ended.abort();
  }
}
