import { decideAttempt, ruleFor } from '#core';
import type { AttemptRow } from '../ports/failure-store.js';
import type { JobSnapshot } from '../ports/read-store.js';
import type { PastWait } from '../ports/wait-store.js';
import type { Wait } from './explain-wait.js';
import { lengthText } from './explain-past.js';

/** Reasons that the budget for lost workers and site faults pays for. @see D1 in libs/core/src/job/decide-attempt.ts */
const infraReasons: readonly (string | null)[] = ['lost', 'evicted', 'site'];

/** A job in back-off: until when, by which rule, and what is left of its budget. @param nowMs is what `until` is counted from */
export function heldWait(job: JobSnapshot, nowMs: number): Wait {
  const { attempt, lastReason, exitCode, signal, message, retry } = job;
  const sec = Math.max(0, Math.ceil((job.heldMs ?? 0) / 1_000));
  const until = new Date(nowMs + (job.heldMs ?? 0)).toISOString();
  const isInfra = infraReasons.includes(lastReason);
  const [used, of] = isInfra ? [retry.infraUsed, retry.infraRetries] : [retry.triesUsed, retry.retries];
  const rule = lastReason && ruleFor(retry.rules, { reason: lastReason, exitCode, signal, message });
  const ruleNo = rule ? retry.rules.indexOf(rule) + 1 : null;
  const budget = isInfra ? 'infraRetries' : 'retries';
  return {
    cause: 'held',
    subject: ruleNo === null ? '' : `rule ${ruleNo}`,
    text:
      `attempt ${attempt} failed${failureText({ reason: lastReason, exitCode, signal })}; it is tried again in ${lengthText(sec)}, at ${until}: ` +
      `${ruleNo === null ? 'back-off of its template' : `rule ${ruleNo} of its template`}, ${used} of ${of} ${budget} used`,
    remedy: null,
    details: { until, sec, rule: rule ?? null, ruleNo, budget, used, of },
  };
}

/** An attempt, and those before it. */
export interface TriedJob {
  workflowNo: string;
  ordinal: number;
  /** The newest, newest last. */
  attempts: readonly AttemptRow[];
  retry: JobSnapshot['retry'];
}

/**
 * The back-off after an attempt, decided anew as its settle did: it is the same for the same attempt.
 * @returns null where there was none, or the attempt is not settled
 */
export function pastBackoff({ workflowNo, ordinal, attempts, retry }: TriedJob, attempt: number): PastWait | null {
  const failed = attempts.find((each) => each.attempt === attempt);
  if (!failed || !isCharged(failed) || failed.reason === null || failed.settledAt === null) return null;
  const { reason, exitCode, signal, message } = failed;
  const signs = { reason, exitCode, signal, message };
  const paid = attempts.filter((each) => isCharged(each) && each.runNo === failed.runNo);
  const earlier = paid.filter((each) => each.attempt < attempt);
  const infra = earlier.filter((each) => infraReasons.includes(each.reason)).length;
  const { then, delaySec } = decideAttempt(
    { ...signs, name: `${workflowNo}:${ordinal}#${attempt}`, allowedMib: failed.allowedMemoryMib, peakMib: null },
    { ...retry, memory: { askedMib: 0, growth: null, maxMib: null } },
    { tries: earlier.length - infra, infra },
  );
  if (then === 'fail' || delaySec === 0) return null;
  const rule = ruleFor(retry.rules, signs);
  const ruleNo = rule ? retry.rules.indexOf(rule) + 1 : null;
  const fromMs = Date.parse(failed.settledAt);
  const untilMs = fromMs + delaySec * 1_000;
  const until = new Date(untilMs).toISOString();
  return {
    ...{ classId: 0, cause: 'held', subject: ruleNo === null ? '' : `rule ${ruleNo}`, fromMs, untilMs },
    told:
      `held until ${until} after attempt ${attempt} failed${failureText(signs)}: ` +
      `${ruleNo === null ? 'back-off' : `rule ${ruleNo}`} of its template`,
    detail: { until, ruleNo },
  };
}

/** What is charged to nobody comes back at once, and makes no later back-off longer. */
const isCharged = ({ outcome, uncharged }: AttemptRow): boolean => outcome === 'failed' && !uncharged;

/** ` (error, exit 3)`; nothing where nothing is known. */
function failureText({ reason, exitCode, signal }: Pick<AttemptRow, 'reason' | 'exitCode' | 'signal'>): string {
  const parts = [reason, exitCode === null ? null : `exit ${exitCode}`, signal].filter(Boolean);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}
