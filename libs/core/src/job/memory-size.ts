/**
 * Owns how much memory a job gets after it ran out of it, and what its label has shown to need.
 *
 * Z1  Sizes that come from measurements are rounded up to steps, 16 to each doubling: at most 6.25 % too much, and the
 *     number of classes stays bounded however many peaks differ.
 * Z2  What a person wrote times a growth is not rounded: 1,000 grown by 2 is 2,000, then 4,000.
 */

/** Largest size, in MiB: as in documents. */
export const memoryMibMax = 1_000_000_000;
/** More than the peak that was seen: what was measured is rarely the worst. */
export const peakMargin = 1.2;
const stepsADoubling = 16;

/** The smallest step that holds so much, in MiB. @see Z1 */
export function memoryStepMib(mib: number): number {
  if (mib <= stepsADoubling) return Math.max(1, Math.ceil(mib));
  const step = 2 ** Math.floor(Math.log2(mib)) / stepsADoubling;
  return Math.min(Math.ceil(mib / step) * step, memoryMibMax);
}

/** What is known about an attempt that ran out of memory. All in MiB. */
export interface OutgrownMemory {
  allowedMib: number;
  /** The most it was seen to use; null: not measured. */
  peakMib: number | null;
  /** Times as much as it was allowed. */
  growth: number;
  /** Null: none but memoryMibMax. */
  maxMib: number | null;
}

/** The next attempt's memory in MiB: never less than this one's, never more than its ceiling unless this one had more. */
export function grownMemoryMib({ allowedMib, peakMib, growth, maxMib }: OutgrownMemory): number {
  const byPeak = peakMib === null ? 0 : memoryStepMib(peakMib * peakMargin);
  const byGrowth = timesMemoryMib(allowedMib, growth);
  return Math.max(allowedMib, Math.min(Math.max(byPeak, byGrowth), maxMib ?? memoryMibMax));
}

/** So many times a size, in whole MiB. @see Z2 */
export const timesMemoryMib = (mib: number, times: number): number =>
  Math.min(memoryMibMax, Math.max(1, Math.ceil(mib * times - fuzz)));

/** 1,000 x 1.1 is a little more than 1,100 in binary. */
const fuzz = 1e-6;
