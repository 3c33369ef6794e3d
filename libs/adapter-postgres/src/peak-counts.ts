import type { PeakCount } from '#core';

/** Reads peaks as SQL tells them: `1024:17,1088:3`, MiB and jobs; null: none. */
export function peakCounts(text: string | null): PeakCount[] {
  if (text === null) return [];
  return text.split(',').map((part) => {
    const [peakMib, jobs] = part.split(':').map(Number);
    return { peakMib: peakMib ?? 0, jobs: jobs ?? 0 };
  });
}
