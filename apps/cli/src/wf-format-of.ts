import type { SluiceClient } from '#client';
import { RunObserved } from '#contracts';
import { wfFormatText, type RunFacts, type WrittenJob } from '#documents';

/** Jobs that are handed on at once. */
const batchJobs = 1_000;
/** What the document keeps of a WfFormat task beside its execution; see libs/documents/src/wfformat. */
const keptOfTask = 'wfformat';

/**
 * A workflow as a WfFormat instance, with what its run measured so far. What an earlier run measured is left out, also
 * where this one did not measure. The whole document is held, since a task names its children.
 */
export async function* wfFormatOf(client: SluiceClient, selector: string): AsyncGenerator<string> {
  const { workflow } = await client.workflow(selector);
  const lines = client.documentLines(workflow.id, { observed: 'run' });
  const first = await lines.next();
  if (first.done) throw new Error(`the document of ${workflow.id} is empty`);
  const run = new RunSoFar(workflow.submittedAt ?? '', workflow.endedAt);
  yield* wfFormatText({ header: JSON.parse(first.value), jobs: jobsOf(lines, run), run: () => run.facts() });
}

async function* jobsOf(lines: AsyncIterable<string>, run: RunSoFar): AsyncGenerator<WrittenJob[]> {
  let jobs: WrittenJob[] = [];
  for await (const line of lines) {
    const job = JSON.parse(line) as WrittenJob;
    const seen = RunObserved.parse(job.observed);
    run.add(seen);
    const observed = executionOf(seen, job.observed);
    jobs.push({ ...job, observed: Object.keys(observed).length === 0 ? undefined : observed });
    if (jobs.length < batchJobs) continue;
    yield jobs;
    jobs = [];
  }
  yield jobs;
}

/** What the writer takes from `observed`: fields of a WfFormat execution by their names, runtime and memory by ours. */
function executionOf(seen: RunObserved, before: WrittenJob['observed']): Record<string, unknown> {
  const { runtimeSec, cpuSec, memoryBytes, worker, startedAt } = seen;
  const busy = cpuSec !== undefined && runtimeSec !== undefined && runtimeSec > 0;
  return {
    ...taskPart(before?.[keptOfTask]),
    ...(runtimeSec !== undefined && {
      runtimeSec,
      ...(startedAt !== undefined && { executedAt: startedAt }),
      ...(busy && { avgCPU: Math.round((cpuSec / runtimeSec) * 100_000) / 1_000 }),
      ...(memoryBytes !== undefined && { memoryBytes }),
      ...(worker !== undefined && { machines: [worker] }),
    }),
  };
}

/** Odd fields of an earlier execution are of an earlier run too. */
function taskPart(kept: unknown): Record<string, unknown> {
  if (typeof kept !== 'object' || kept === null) return {};
  const parts = Object.entries(kept).filter(([part]) => part !== 'execution');
  return parts.length === 0 ? {} : { [keptOfTask]: Object.fromEntries(parts) };
}

/** The facts of a run, complete once every job was added. */
class RunSoFar {
  private readonly workers = new Set<string>();
  private lastEnd: string | null;
  private anyRan = false;

  constructor(
    private readonly submittedAt: string,
    private readonly endedAt: string | null,
  ) {
    this.lastEnd = endedAt;
  }

  add({ worker, endedAt, runtimeSec }: RunObserved): void {
    this.anyRan ||= runtimeSec !== undefined;
    if (worker !== undefined) this.workers.add(worker);
    // Until the workflow has ended, its run is as long as the last end that is known.
    if (this.endedAt === null && endedAt !== undefined && endedAt > (this.lastEnd ?? '')) this.lastEnd = endedAt;
  }

  /** @returns null when no job has run */
  facts(): RunFacts | null {
    if (!this.anyRan) return null;
    const { submittedAt, lastEnd } = this;
    return {
      executedAt: submittedAt,
      makespanInSeconds: lastEnd === null ? 0 : Math.max(0, Date.parse(lastEnd) - Date.parse(submittedAt)) / 1_000,
      machines: Array.from(this.workers, (nodeName) => ({ nodeName })),
    };
  }
}
