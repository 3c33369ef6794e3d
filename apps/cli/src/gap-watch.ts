import type { WorkflowView } from '#contracts';

/** Workers that just registered need so long to be seen. */
const sayAfterMs = 1_500;
const stuckAfterMs = 3_000;

/**
 * Judges whether a workflow can go on. `gap`: some ready jobs fit no worker. `stuck`: nothing else runs or can run, so
 * without another worker it stays as it is.
 */
export class GapWatch {
  private sinceMs: number | null = null;
  private endedJobs = -1;

  judge(view: WorkflowView, nowMs: number): 'fine' | 'gap' | 'stuck' {
    const { counts } = view.workflow;
    const moved = counts.finished + counts.failed !== this.endedJobs;
    this.endedJobs = counts.finished + counts.failed;
    if (view.gaps.length === 0) {
      this.sinceMs = null;
      return 'fine';
    }
    this.sinceMs ??= nowMs;
    const blocked = view.gaps.reduce((sum, { jobs }) => sum + jobs, 0);
    const forMs = nowMs - this.sinceMs;
    if (forMs >= stuckAfterMs && !moved && counts.leased === 0 && counts.ready <= blocked) return 'stuck';
    return forMs >= sayAfterMs ? 'gap' : 'fine';
  }
}
