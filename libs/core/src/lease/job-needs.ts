import type { JobSize } from './worker-room.js';

/** What one job takes of a worker, and for how long. */
export interface JobNeeds extends JobSize {
  readonly classId: number;
  /** The limit that its document sets; null: none. */
  readonly walltimeSec: number | null;
  /** Milliseconds that jobs of its label take on average; null: not known. */
  readonly usualMs: number | null;
}

/** About nine in ten jobs of a label end within so much of their mean. */
export const longOfUsual = 1.5;

/** Seconds that a worker must have left for a job to end; null: nobody knows. */
export const longestSec = ({ walltimeSec, usualMs }: Pick<JobNeeds, 'walltimeSec' | 'usualMs'>): number | null =>
  walltimeSec ?? (usualMs === null ? null : (usualMs * longOfUsual) / 1_000);
