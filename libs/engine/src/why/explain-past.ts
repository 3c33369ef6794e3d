/**
 * Owns what an attempt waited for before it was granted: what held itself between two moments, and else the record of its class.
 *
 * P1  No moment counts twice.
 * P2  What held the job itself is told before what its class waited for meanwhile: its times are exact.
 */
import type { ParentsWait, WaitPart, WaitSpan } from '#contracts';
import type { PastWait } from '../ports/wait-store.js';

/** From ready to granted; `untilMs` is now for an attempt that nobody has yet. */
export interface Span {
  attempt: number;
  fromMs: number;
  untilMs: number;
}

/** Waits shorter than this are not told: looks are about a second apart. */
const toldMs = 1_000;
/** Looks of a busy machine are up to so far apart: what one finds was so since the last. Brokers that were away longer know nothing. */
const looksApartMs = 10_000;

/** What a job waited for, each list in the order in which it counts. */
export interface SpanWaits {
  /** Its back-off, then its pauses. */
  own: readonly PastWait[];
  /** Of the classes that it may have been granted in, in the order of their beginning. */
  byClass: readonly PastWait[];
}

/** One wait in a part of a span. */
interface Stretch {
  wait: PastWait;
  fromMs: number;
  untilMs: number;
}

export function explainSpan(span: Span, { own, byClass }: SpanWaits): WaitSpan {
  const { attempt, fromMs, untilMs } = span;
  const ownStretches: Stretch[] = [];
  for (const wait of own) ownStretches.push(...without(within(span, wait), ownStretches)); // P1
  const stretches = [...ownStretches, ...classStretches(span, byClass, ownStretches)];
  return {
    attempt,
    from: new Date(fromMs).toISOString(),
    until: new Date(untilMs).toISOString(),
    sec: Math.max(0, Math.round((untilMs - fromMs) / 1_000)),
    parts: partsOf(stretches),
  };
}

/** @see P2 */
function classStretches(span: Span, byClass: readonly PastWait[], own: readonly Stretch[]): Stretch[] {
  let toldUntilMs = span.fromMs;
  return byClass.flatMap((wait) => {
    const knownMs = Math.max(toldUntilMs, ...own.map((each) => each.untilMs).filter((ms) => ms <= wait.fromMs));
    const begunMs = wait.fromMs - knownMs <= looksApartMs ? knownMs : wait.fromMs;
    const stretch = { ...within(span, wait), fromMs: Math.max(begunMs, toldUntilMs) };
    if (wait.fromMs >= span.untilMs || stretch.untilMs <= stretch.fromMs) return [];
    toldUntilMs = stretch.untilMs; // two classes of one job
    return without(stretch, own);
  });
}

const within = (span: Span, wait: PastWait): Stretch => ({
  wait,
  fromMs: Math.max(span.fromMs, wait.fromMs),
  untilMs: Math.min(span.untilMs, wait.untilMs ?? span.untilMs),
});

/** What is left of a stretch beside others. */
function without(stretch: Stretch, others: readonly Stretch[]): Stretch[] {
  let left = [stretch];
  for (const { fromMs, untilMs } of others) {
    left = left.flatMap((each) => [
      { ...each, untilMs: Math.min(each.untilMs, fromMs) },
      { ...each, fromMs: Math.max(each.fromMs, untilMs) },
    ]);
    left = left.filter((each) => each.untilMs > each.fromMs);
  }
  return left.filter((each) => each.untilMs > each.fromMs);
}

/** Those of one cause together, as it was told first; each pause by itself, for it tells its own times. */
function partsOf(stretches: readonly Stretch[]): WaitPart[] {
  const parts = new Map<string, WaitPart & { ms: number }>();
  for (const { wait, fromMs, untilMs } of stretches) {
    const { cause, subject, told } = wait;
    const key = JSON.stringify(cause === 'paused' ? [cause, told] : [cause, subject]);
    const part = parts.get(key) ?? { cause, subject, text: told, sec: 0, ms: 0 };
    part.ms += untilMs - fromMs;
    parts.set(key, part);
  }
  const told = [...parts.values()].filter(({ ms }) => ms >= toldMs).sort((a, b) => b.ms - a.ms);
  return told.map(({ ms, ...part }) => ({ ...part, sec: Math.round(ms / 1_000) }));
}

/** For people: one line for the whole, one for each part of it; none where it was granted at once. */
export function spanLines({ attempt, sec, parts }: WaitSpan, tense: 'waited' | 'has waited'): string[] {
  if (sec < 1 || parts.length === 0) return [];
  const [only] = parts;
  const head =
    tense === 'waited' ? `waited ${lengthText(sec)} before attempt ${attempt}` : `has waited ${lengthText(sec)}`;
  if (parts.length === 1 && only) return [`${head}: ${lengthText(only.sec)} ${only.text}`];
  return [`${head}:`, ...parts.map((part) => `  ${lengthText(part.sec)} ${part.text}`)];
}

/** The same of its parents; nothing where they were through at once. */
export const parentsLines = (parents: ParentsWait | null): string[] =>
  parents === null || parents.sec < 1
    ? []
    : [`waited ${lengthText(parents.sec)} for its parents: ${parents.last} was the last`];

/** `45 s`, `12 min`, `3.5 h`, `2.1 days`. */
export function lengthText(sec: number): string {
  if (sec < 120) return `${sec} s`;
  if (sec < 7_200) return `${Math.round(sec / 60)} min`;
  return sec < 172_800 ? `${Number((sec / 3_600).toFixed(1))} h` : `${Number((sec / 86_400).toFixed(1))} days`;
}
