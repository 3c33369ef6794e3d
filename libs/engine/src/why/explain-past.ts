/** Owns what an attempt waited for before it was granted: the record of its class between two moments. */
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

/** @param waits its own, then those of the classes it may have been granted in, in the order of their beginning */
export function explainSpan({ attempt, fromMs, untilMs }: Span, waits: readonly PastWait[]): WaitSpan {
  const parts = new Map<string, WaitPart & { ms: number }>();
  let toldUntilMs = fromMs;
  for (const wait of waits) {
    if (wait.fromMs >= untilMs) continue;
    const begunMs = wait.fromMs - toldUntilMs <= looksApartMs ? toldUntilMs : wait.fromMs;
    const endedMs = Math.min(untilMs, wait.untilMs ?? untilMs);
    if (endedMs <= begunMs) continue;
    toldUntilMs = endedMs; // two classes of one job: no moment counts twice
    const key = JSON.stringify([wait.cause, wait.subject]);
    const part = parts.get(key) ?? { cause: wait.cause, subject: wait.subject, text: wait.told, sec: 0, ms: 0 };
    part.ms += endedMs - begunMs;
    parts.set(key, part);
  }
  const told = [...parts.values()].filter(({ ms }) => ms >= toldMs).sort((a, b) => b.ms - a.ms);
  return {
    attempt,
    from: new Date(fromMs).toISOString(),
    until: new Date(untilMs).toISOString(),
    sec: Math.max(0, Math.round((untilMs - fromMs) / 1_000)),
    parts: told.map(({ ms, ...part }) => ({ ...part, sec: Math.round(ms / 1_000) })),
  };
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
