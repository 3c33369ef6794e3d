/** After so long half of a use is forgiven, in seconds: one week, as Slurm's PriorityDecayHalfLife has it by default. */
export const defaultHalfLifeSec = 7 * 86_400;

/**
 * What is left of an old use.
 * @param halfLifeSec Infinity or 0: nothing is ever forgiven.
 */
export function decayed(coreSec: number, { ageSec, halfLifeSec }: { ageSec: number; halfLifeSec: number }): number {
  if (halfLifeSec <= 0 || !Number.isFinite(halfLifeSec) || ageSec <= 0) return coreSec;
  return coreSec * 2 ** (-ageSec / halfLifeSec);
}

/**
 * A job that was just handed out counts as if it had run for so long already, in seconds, unless its label's jobs are
 * known to be shorter: grants of this moment count at once, and a lease full of short jobs counts as no more than they are.
 */
export const promiseSecMax = 30;
/** The same where nothing is known: about as long as workers fetch ahead. The first that ends tells better. */
export const promiseSecUnknown = 10;

/** What handing out one job counts for at once, in core seconds. @param usualSec null: unknown */
export const promiseOf = (cores: number, usualSec: number | null): number =>
  cores * Math.min(usualSec ?? promiseSecUnknown, promiseSecMax);
