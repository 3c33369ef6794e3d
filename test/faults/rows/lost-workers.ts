import type { Trial } from '../trial.js';

/** Short enough to wait for, long enough for a busy machine: a worker beats every third of the first. */
export const terms = { suspectSec: 3, orphanSec: 8 };

/** Workers of this site are given up after these terms; those of others after the default ones. */
export const nearby = ['--site', 'near'] as const;

/** To be called when the services have started. */
export async function shortTerms({ stack }: Trial): Promise<void> {
  await stack.rows('insert into site (name, suspect_sec, orphan_sec) values ($1, $2, $3)', [
    ...['near', terms.suspectSec, terms.orphanSec],
  ]);
}
