import type { JobState, ParentsWait, WaitSpan } from '#contracts';
import type { VisibleSpaces } from '#core';
import type { JobReadiness, PastWait, WaitReadStore } from '../ports/wait-store.js';
import { explainSpan, type Span, type SpanWaits } from './explain-past.js';
import { pastBackoff, type TriedJob } from './held-wait.js';
import { pastPauseWait } from './paused-wait.js';
import { withoutOthers } from './without-others.js';

interface Asked extends TriedJob {
  state: JobState;
  visible: VisibleSpaces;
}

/** What a job waited for, all its attempts. */
export interface JobWaits {
  /** By what is on record; of the attempt that nobody has yet until now. */
  spans: WaitSpan[];
  /** Before it was ready for the first time; null: it has no parents, or waits for them. */
  parents: ParentsWait | null;
}

/** Attempts that were taken up before their back-off was over had none: an order ended the one before. Times are rounded. */
const roundedMs = 10;

export async function jobWaits(store: WaitReadStore, asked: Asked): Promise<JobWaits> {
  // What failed untried was cancelled or pruned, perhaps before its parents were through.
  const isUntried = asked.state === 'failed' && asked.attempts.length === 0;
  if (asked.state === 'waiting' || isUntried) return { spans: [], parents: null };
  const readiness = await store.readiness(asked);
  if (!readiness) return { spans: [], parents: null };
  const parents = parentsWait(readiness);
  const spans = spansOf(asked, readiness);
  const [first] = spans;
  const last = spans.at(-1);
  if (!first || !last) return { spans: [], parents };
  const of = { fromMs: first.fromMs, untilMs: last.untilMs };
  const { workflowNo, ordinal } = asked;
  const byClass = (await store.past({ classIds: readiness.classIds, ...of })).map((wait) => {
    return { ...wait, told: withoutOthers({ ...wait, text: wait.told }, asked.visible).text };
  });
  const pauses = (await store.pauses({ workflowNo, ordinal, ...of })).map(pastPauseWait);
  const waits = (span: Span): SpanWaits => ({ own: [...heldIn(asked, span), ...pauses], byClass });
  return { spans: spans.map((span) => explainSpan(span, waits(span))), parents };
}

function parentsWait({ readyMs, submittedMs, lastParent }: JobReadiness): ParentsWait | null {
  if (readyMs === null || lastParent === null) return null;
  const { label, name } = lastParent;
  return { sec: Math.round((readyMs - submittedMs) / 1_000), last: label === name ? name : `${label}/${name}` };
}

/** The back-off that a span began with, once it is over; none where people ordered to try again. */
function heldIn(asked: Asked, { attempt, fromMs, untilMs }: Span): PastWait[] {
  const held = pastBackoff(asked, attempt - 1);
  return held?.fromMs === fromMs && (held.untilMs ?? Infinity) <= untilMs + roundedMs ? [held] : [];
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
