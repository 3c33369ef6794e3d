/** Counts that decide how something made of jobs has ended. */
export interface EndCounts {
  finished: number;
  failed: number;
  /** Of the failed ones, those cancelled. */
  cancelled: number;
  /** The first failure cancels the rest: then it is the failure that ended it. */
  failFast?: boolean;
}

/** How a workflow or task without open jobs has ended. `partial`: some jobs finished and some failed. */
export function endState(counts: EndCounts): 'done' | 'partial' | 'failed' | 'cancelled' {
  if (counts.failed === 0) return 'done';
  if (counts.failFast && counts.failed > counts.cancelled) return 'failed';
  if (counts.cancelled > 0) return 'cancelled';
  return counts.finished === 0 ? 'failed' : 'partial';
}
