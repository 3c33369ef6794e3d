import { ruleFor } from '#core';
import type { JobSnapshot } from '../ports/read-store.js';
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
  const failure = [lastReason, exitCode === null ? null : `exit ${exitCode}`, signal].filter(Boolean).join(', ');
  const budget = isInfra ? 'infraRetries' : 'retries';
  return {
    cause: 'held',
    subject: ruleNo === null ? '' : `rule ${ruleNo}`,
    text:
      `attempt ${attempt} failed${failure ? ` (${failure})` : ''}; it is tried again in ${lengthText(sec)}, at ${until}: ` +
      `${ruleNo === null ? 'back-off of its template' : `rule ${ruleNo} of its template`}, ${used} of ${of} ${budget} used`,
    remedy: null,
    details: { until, sec, rule: rule ?? null, ruleNo, budget, used, of },
  };
}
