/** Seconds that a rate looks back. */
const windowSec = 10;
/** Workflows whose rate is kept; beyond it the one that is longest without news goes. */
const workflowsMax = 10_000;

interface Window {
  firstMs: number;
  /** Ended jobs by second, the newest last. */
  seconds: { sec: number; jobs: number }[];
}

/** Ended jobs a second of each workflow over the last 10 s, from what its caller saw. */
export class EndedRates {
  private readonly windows = new Map<string, Window>();

  add(workflow: string, jobs: number, nowMs: number): void {
    const window = this.windows.get(workflow) ?? { firstMs: nowMs, seconds: [] };
    const sec = Math.floor(nowMs / 1_000);
    const newest = window.seconds.at(-1);
    if (newest?.sec === sec) newest.jobs += jobs;
    else window.seconds.push({ sec, jobs });
    while ((window.seconds[0]?.sec ?? sec) <= sec - windowSec) window.seconds.shift();
    this.windows.delete(workflow); // to the end of the map: the order tells who is longest without news
    this.windows.set(workflow, window);
    if (this.windows.size > workflowsMax) this.forgetOldest();
  }

  /** An ended workflow needs no rate. */
  forget(workflow: string): void {
    this.windows.delete(workflow);
  }

  /** @returns null while nothing of the workflow was seen. */
  rateOf(workflow: string, nowMs: number): number | null {
    const window = this.windows.get(workflow);
    if (!window) return null;
    const fromSec = Math.floor(nowMs / 1_000) - windowSec;
    const jobs = window.seconds.reduce((sum, each) => (each.sec > fromSec ? sum + each.jobs : sum), 0);
    const seenSec = Math.min(windowSec, Math.max(1, (nowMs - window.firstMs) / 1_000));
    return Math.round((jobs / seenSec) * 10) / 10;
  }

  private forgetOldest(): void {
    for (const oldest of this.windows.keys()) {
      this.windows.delete(oldest);
      return;
    }
  }
}
