/** What the closing lines of the fault suite say, of one row or of all. Everything but the first must be 0. */
export interface Counters {
  /** Attempts that a worker began and that are in the books. */
  jobsRun: number;
  /** Jobs of acknowledged workflows that are not there, or have not ended. */
  jobsLost: number;
  /** Ends of jobs that are told more than once in a run, or attempts that finished a job a second time. */
  appliedTwice: number;
  /** Results that counted though the job had been granted anew. */
  staleApplied: number;
  /** Attempts that a worker was told to stop while they were its own. */
  wrongKills: number;
}

export const noCounters: Counters = { jobsRun: 0, jobsLost: 0, appliedTwice: 0, staleApplied: 0, wrongKills: 0 };

export const sumOf = (a: Counters, b: Counters): Counters => ({
  jobsRun: a.jobsRun + b.jobsRun,
  jobsLost: a.jobsLost + b.jobsLost,
  appliedTwice: a.appliedTwice + b.appliedTwice,
  staleApplied: a.staleApplied + b.staleApplied,
  wrongKills: a.wrongKills + b.wrongKills,
});

/** The closing lines. */
export const countersText = ({ jobsRun, jobsLost, appliedTwice, staleApplied, wrongKills }: Counters): string =>
  [
    `jobs run ${jobsRun}`,
    `jobs lost ${jobsLost}`,
    `events applied twice ${appliedTwice}`,
    `results applied of attempts since granted anew ${staleApplied}`,
    `wrong jobs killed ${wrongKills}`,
  ].join('\n');
