import { reapedCpuSec } from './process-stat.js';

interface Share {
  wallMs: number;
  resolve: (cpuSec: number) => void;
}

/**
 * Tells what an ended child used, from the one counter that the kernel keeps for all ended children of this process.
 * R1 A child that ends alone gets exactly what the counter grew by (to 10 ms).
 * R2 Children that end within one turn of the event loop share it by the time they ran.
 */
class ReapedCpu {
  private seenSec = reapedCpuSec();
  private ended: Share[] = [];

  /** Call it from the child's `exit` event. */
  of(wallMs: number): Promise<number> {
    return new Promise((resolve) => {
      if (this.ended.push({ wallMs, resolve }) === 1) setImmediate(() => this.share());
    });
  }

  private share(): void {
    const ended = this.ended;
    this.ended = [];
    const nowSec = reapedCpuSec();
    const grownSec = nowSec - this.seenSec;
    this.seenSec = nowSec;
    const wallMs = ended.reduce((sum, share) => sum + share.wallMs, 0);
    for (const share of ended) share.resolve(wallMs > 0 ? (grownSec * share.wallMs) / wallMs : 0);
  }
}

/** One for the process, as the counter is. */
export const reapedCpu = new ReapedCpu();
