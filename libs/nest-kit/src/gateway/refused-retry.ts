import type { RetryOutcome } from '#engine';
import { Refusal, refusals } from '../http/refusal.js';
import { noRoom } from './no-room.js';

type RefusedRetry = Exclude<RetryOutcome, { kind: 'done' } | { kind: 'unknown' }>;

/** What a user is told whose retry did nothing. */
export function refusedRetry(id: string, outcome: RefusedRetry): Refusal {
  switch (outcome.kind) {
    case 'no-job':
      return noJob(id, outcome.named);
    case 'pending':
      return stillPending(id);
    case 'differs':
      return otherOrder(id);
    case 'refused':
      if (outcome.refused === 'over') return noRoom(outcome.over, `nothing of ${id} was changed: retry it`);
      return outcome.refused === 'not-ended' ? notEnded(id) : nothingMatched(id);
  }
}

/** An order names a job that is not there. */
export const noJob = (id: string, named: string): Refusal =>
  refusals.notFound(`${id} has no job "${named.slice(0, 200)}"`, 'name it by ordinal, name or label/name');

const notEnded = (id: string): Refusal =>
  refusals.conflict(
    'workflow/not-ended',
    `${id} has not ended: only an ended workflow can be retried`,
    `wait for its end (\`sluice wait ${id}\`), or end it now (\`sluice cancel ${id}\`)`,
  );

const nothingMatched = (id: string): Refusal =>
  new Refusal({
    status: 404,
    code: 'retry/nothing-matched',
    title: 'Nothing matched',
    detail: `no failed job of ${id} is chosen, or a parent of it failed that is not chosen`,
    remedy: `list them with \`sluice jobs ${id} --state failed\``,
  });

const otherOrder = (id: string): Refusal =>
  new Refusal({
    status: 422,
    code: 'idempotency-key/reused',
    title: 'Idempotency-Key used before',
    detail: `the key ordered another retry of ${id}`,
    remedy: 'use a new key for another order',
  });

const stillPending = (id: string): Refusal =>
  new Refusal({
    status: 504,
    code: 'retry/pending',
    title: 'Not carried out yet',
    detail: `the retry of ${id} is ordered; no transformer has carried it out within 30 s`,
    remedy: `it stands: do not order it again, look at the workflow with \`sluice show ${id}\``,
  });
