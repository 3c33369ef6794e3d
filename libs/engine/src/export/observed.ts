import type { RunObserved } from '#contracts';
import type { JobObservation } from '../ports/document-store.js';

/** What a run measured of one job, as its document says it. What is not known is left out. */
export function observedOf(seen: JobObservation): RunObserved {
  const { state, reason, attempt, exitCode, startedAt, endedAt, cpuSec, peakMemoryMib, site, worker } = seen;
  const runtimeSec = runtimeSecOf(seen);
  const memoryBytes = memoryBytesOf(peakMemoryMib);
  return {
    state,
    ...(reason !== null && { reason }),
    attempts: attempt,
    ...(exitCode !== null && { exitCode }),
    ...(runtimeSec !== null && { runtimeSec }),
    ...(cpuSec !== null && { cpuSec }),
    ...(memoryBytes !== null && { memoryBytes }),
    ...(site !== null && { site }),
    ...(worker !== null && { worker }),
    ...(startedAt && { startedAt: startedAt.toISOString() }),
    ...(endedAt && { endedAt: endedAt.toISOString() }),
  };
}

/** Between two moments of the worker's clock; one that was set back meanwhile measures nothing. */
export function runtimeSecOf({ startedAt, endedAt }: Pick<JobObservation, 'startedAt' | 'endedAt'>): number | null {
  return startedAt && endedAt ? Math.max(0, endedAt.getTime() - startedAt.getTime()) / 1_000 : null;
}

/** Whole bytes of what workers report in MiB. */
export const memoryBytesOf = (mib: number | null): number | null => (mib === null ? null : Math.round(mib * 2 ** 20));
