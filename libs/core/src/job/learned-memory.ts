/**
 * Owns what a label's finished attempts say about the memory that its jobs need. The evidence is a histogram: attempts by
 * the step that their peak falls into (memoryStepMib), so that a peak is told at most 6.25 % too high.
 */
import { peakMargin } from './memory-size.js';

/** Finished attempts whose peak fell into one step. */
export interface PeakCount {
  /** Upper end of the step, in MiB. */
  peakMib: number;
  jobs: number;
}

/** `raise`: to more than is asked for, never less; `fit`: to less, too. */
export type MemoryLearning = 'off' | 'raise' | 'fit';

/** With fewer finished attempts nothing is said. */
export const evidenceMin = 20;
/** Nothing is lowered below this, in MiB: short peaks are not always seen. It raises nothing. */
export const learnedMibMin = 64;
/** The part of the attempts whose peak is to lie below. */
const quantile = 0.95;

/** @returns the step below whose upper end the peaks of 95 % of the attempts lie; null: too few are known. */
export function usualPeakMib(peaks: readonly PeakCount[]): number | null {
  const total = peaks.reduce((sum, { jobs }) => sum + jobs, 0);
  if (total < evidenceMin) return null;
  let below = 0;
  const sorted = [...peaks].sort((a, b) => a.peakMib - b.peakMib);
  return sorted.find(({ jobs }) => (below += jobs) >= total * quantile)?.peakMib ?? null;
}

/** @returns memory in MiB that would have been enough for 95 % of the attempts, with a margin; null: too few are known. */
export function neededMemoryMib(peaks: readonly PeakCount[], askedMib: number): number | null {
  const peakMib = usualPeakMib(peaks);
  const leastMib = Math.min(learnedMibMin, askedMib);
  return peakMib === null ? null : Math.max(leastMib, Math.ceil(peakMib * peakMargin));
}

/**
 * What later jobs of a label get. Never above memoryMaxMib; without one, not above what was asked for or the largest peak,
 * since some worker held that: a size that no worker holds would keep the jobs waiting for ever.
 * @returns MiB; null: what was asked for
 */
export function learnedMemoryMib(
  peaks: readonly PeakCount[],
  { learning, askedMib, maxMib }: { learning: MemoryLearning; askedMib: number; maxMib: number | null },
): number | null {
  const needed = learning === 'off' ? null : neededMemoryMib(peaks, askedMib);
  if (needed === null) return null;
  const ceiling = maxMib ?? Math.max(askedMib, ...peaks.map(({ peakMib }) => peakMib));
  const learned = Math.min(needed, ceiling);
  if (learned === askedMib || (learned < askedMib && learning === 'raise')) return null;
  return learned;
}

/** Whether a size is to be learned anew: when the evidence reaches evidenceMin, and each time it doubled since. */
export function learnsAgain(before: number, after: number): boolean {
  for (let due = evidenceMin; due <= after; due *= 2) if (before < due) return true;
  return false;
}
