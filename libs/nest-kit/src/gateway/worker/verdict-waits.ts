import type { BatchVerdicts, VerdictMessage } from '#contracts';

/** Longest that a report waits for its verdicts once the stream has it; later ones come with a heartbeat. */
export const verdictWaitMs = 1_000;

interface Wait {
  batchId: string;
  arrived: BatchVerdicts | null;
  wake: (() => void) | null;
}

/** Reports whose batches are in the stream and not settled yet. */
export class VerdictWaits {
  private readonly waits = new Map<string, Set<Wait>>();

  /** Begin before publishing: the verdict may come before the stream's confirmation. */
  begin(batchId: string): Wait {
    const wait: Wait = { batchId, arrived: null, wake: null };
    const others = this.waits.get(batchId);
    if (others) others.add(wait);
    else this.waits.set(batchId, new Set([wait]));
    return wait;
  }

  /** @returns null when none came within `verdictWaitMs` */
  async verdictOf(wait: Wait): Promise<BatchVerdicts | null> {
    if (!wait.arrived) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, verdictWaitMs);
        wait.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return wait.arrived;
  }

  end(wait: Wait): void {
    const waits = this.waits.get(wait.batchId);
    waits?.delete(wait);
    if (waits?.size === 0) this.waits.delete(wait.batchId);
  }

  arrive(message: VerdictMessage): void {
    for (const verdicts of message.verdicts) {
      for (const wait of this.waits.get(verdicts.batchId) ?? []) {
        wait.arrived = verdicts;
        wait.wake?.();
      }
    }
  }
}
