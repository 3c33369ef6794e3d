import type { TaskMemory } from '#contracts';
import { neededMemoryMib, usualPeakMib, type PeakCount } from '#core';
import type { TaskMemorySnapshot } from '../ports/read-store.js';

/** What the templates of one label ask for, get and use together. @returns null while no attempt was measured. */
export function labelMemory(tasks: readonly TaskMemorySnapshot[]): TaskMemory | null {
  const peaks = joined(tasks.flatMap((task) => task.peaks));
  if (peaks.length === 0) return null;
  const askedMib = Math.max(...tasks.map(({ askedMib }) => askedMib));
  return {
    askedMib,
    nextMib: Math.max(...tasks.map(({ nextMib }) => nextMib)),
    attempts: peaks.reduce((sum, { jobs }) => sum + jobs, 0),
    peakMib: usualPeakMib(peaks),
    neededMib: neededMemoryMib(peaks, askedMib),
  };
}

function joined(peaks: readonly PeakCount[]): PeakCount[] {
  const jobs = new Map<number, number>();
  for (const peak of peaks) jobs.set(peak.peakMib, (jobs.get(peak.peakMib) ?? 0) + peak.jobs);
  return [...jobs].map(([peakMib, count]) => ({ peakMib, jobs: count }));
}
