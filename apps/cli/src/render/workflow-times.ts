import { clock } from './numbers.js';

const clockSecMax = 100 * 3_600;
const recentMs = 300 * 86_400_000;

/** When it was submitted, in UTC, to the minute: `11-22 21:06`; the year in place of the time when that is long ago. */
export function startedText(submittedAt: string | null, nowMs: number): string {
  if (submittedAt === null) return '';
  return nowMs - Date.parse(submittedAt) < recentMs
    ? submittedAt.slice(5, 16).replace('T', ' ')
    : submittedAt.slice(0, 10);
}

/** How long it took, or has taken so far: `00:03:20`; whole days once a clock would need more room. */
export function tookText(workflow: { submittedAt: string | null; endedAt: string | null }, nowMs: number): string {
  const { submittedAt, endedAt } = workflow;
  if (submittedAt === null) return '';
  const sec = ((endedAt === null ? nowMs : Date.parse(endedAt)) - Date.parse(submittedAt)) / 1_000;
  return sec < clockSecMax ? clock(sec) : `${Math.floor(sec / 86_400)} d`;
}
