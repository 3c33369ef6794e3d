import { InvalidArgumentError } from 'commander';

const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const span = /^(\d{1,6})([mhd])$/;
/** A date alone begins at midnight UTC; a time without a zone would mean another moment on another machine. */
const moment = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/**
 * Reads `--since`: so long before now (`90m`, `12h`, `7d`), or a moment (`2026-11-22`, `2026-11-22T18:00Z`).
 * @returns milliseconds since 1970 UTC
 */
export function sinceMs(text: string, nowMs = Date.now()): number {
  const [, count, unit] = span.exec(text) ?? [];
  if (count !== undefined) return nowMs - Number(count) * unitMs[unit as keyof typeof unitMs];
  const at = moment.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(at)) throw new InvalidArgumentError('Give 90m, 12h or 7d, or a moment such as 2026-11-22T18:00Z.');
  return at;
}
