/** Attempts named in one line of the log. */
const namedMax = 100;

/** What the log says of attempts that this worker was told to stop: which, so that it can be held against the books. */
export const killedFacts = (
  kills: readonly { job: string; attempt: number }[],
): { count: number; attempts: string[] } => ({
  count: kills.length,
  attempts: kills.slice(0, namedMax).map(({ job, attempt }) => `${job}:${attempt}`),
});
