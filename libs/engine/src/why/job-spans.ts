import type { JobState, WaitSpan } from '#contracts';
import type { AttemptRow } from '../ports/failure-store.js';
import type { WaitReadStore } from '../ports/wait-store.js';
import { explainSpan, type Span } from './explain-past.js';

interface Asked {
  workflowNo: string;
  ordinal: number;
  state: JobState;
  /** The newest, newest last. */
  attempts: readonly AttemptRow[];
}

/** What each attempt of a job waited for, by the record; the one that nobody has yet until now. */
export async function jobSpans(store: WaitReadStore, asked: Asked): Promise<WaitSpan[]> {
  if (asked.state === 'waiting') return [];
  const readiness = await store.readiness(asked);
  if (!readiness) return [];
  const spans = spansOf(asked, readiness);
  const [first] = spans;
  const last = spans.at(-1);
  if (!first || !last) return [];
  const past = await store.past({ classIds: readiness.classIds, fromMs: first.fromMs, untilMs: last.untilMs });
  return spans.map((span) => explainSpan(span, past));
}

/** An attempt is ready when the one before it was settled, or when people ordered to try again after that. */
function spansOf(
  { state, attempts }: Asked,
  { readyMs, retriedMs, nowMs }: { readyMs: number | null; retriedMs: readonly number[]; nowMs: number },
): Span[] {
  const spans: Span[] = [];
  let beforeMs = (attempts[0]?.attempt ?? 1) > 1 ? null : readyMs;
  const since = (fromMs: number, untilMs: number): number =>
    Math.max(fromMs, ...retriedMs.filter((ms) => ms > fromMs && ms <= untilMs));
  for (const { attempt, leasedAt, settledAt } of attempts) {
    const leasedMs = leasedAt === null ? null : Date.parse(leasedAt);
    if (leasedMs !== null && beforeMs !== null) {
      spans.push({ attempt, fromMs: since(beforeMs, leasedMs), untilMs: leasedMs });
    }
    beforeMs = settledAt === null ? null : Date.parse(settledAt);
  }
  if (state === 'ready' && beforeMs !== null) {
    const attempt = (attempts.at(-1)?.attempt ?? 0) + 1;
    spans.push({ attempt, fromMs: since(beforeMs, nowMs), untilMs: nowMs });
  }
  return spans;
}
