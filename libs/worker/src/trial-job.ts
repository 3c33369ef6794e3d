import { LeaseTask, type LeaseJob, type Resources } from '#contracts';
import { HeldAttempts } from './held-attempts.js';
import type { Lease, LeasedJob, SessionGrant } from './leased-job.js';
import { UsualTime } from './usual-time.js';

/** A session's grant for tests. */
export const trialGrant = (session = '7'): SessionGrant => ({
  ...{
    session,
    token: `session-token-${session}`,
    terms: { heartbeatSec: 20, cutOffStopSec: null },
    held: new HeldAttempts(),
  },
});

/** A leased job for tests; every part has a default. */
export function trialJob(
  ordinal: number,
  given: {
    attempt?: number;
    lease?: Lease;
    resources?: Partial<Resources>;
    partition?: number;
    spec?: Partial<LeaseJob>;
  } = {},
): LeasedJob {
  const attempt = given.attempt ?? 1;
  const facts = LeaseTask.parse({
    ...{
      workflowNo: '1',
      workflow: 'w-aaaaaaaaaa',
      workflowName: 'trial',
      label: 'trial',
      transform: 'noop',
      params: null,
    },
    ...{ command: null, env: {}, resources: { ...given.resources }, partition: given.partition ?? 1, usualMs: null },
  });
  const id = `1:${ordinal}`;
  return {
    ...{ id, attempt, key: `${id}:${attempt}`, task: { facts, transform: null, usual: new UsualTime(null) } },
    spec: { task: 0, ordinal, attempt, name: `job-${ordinal}`, ...given.spec },
    lease: given.lease ?? { id: '1', token: 'lease-token', grant: trialGrant() },
  };
}
