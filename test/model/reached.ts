/** How often what matters most has happened. */
export const noneReached = () => ({
  /** Attempts that were granted by the engine and by core's machine alike. */
  jobRuns: 0,
  cancelled: 0,
  cancelledSome: 0,
  failedFast: 0,
  retried: 0,
  repeated: 0,
  duplicate: 0,
  stale: 0,
  lost: 0,
  late: 0,
  races: 0,
  paused: 0,
  pausedSome: 0,
  resumed: 0,
  grown: 0,
});
export type Reached = ReturnType<typeof noneReached>;

export function addReached(sum: Reached, one: Reached): void {
  for (const what of Object.keys(sum) as (keyof Reached)[]) sum[what] += one[what];
}
