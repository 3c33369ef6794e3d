import type { PauseAnswer } from '#contracts';
import type { TransitionTransaction } from '../ports/transition-store.js';
import { orderedView } from './ordered-view.js';

/** What a pause or a resume tells of its workflow as it leaves it. */
export async function pauseAnswerOf(
  tx: TransitionTransaction,
  workflowNo: string,
  { labels, ...order }: { dryRun: boolean; changed: boolean; labels?: readonly string[] | undefined },
): Promise<PauseAnswer> {
  const view = await tx.view(workflowNo);
  const { state, pausedAt, pausedJobs } = view;
  return {
    ...orderedView(view),
    ...order,
    ...{ state, pausedAt, pausedJobs },
    ...{ labels: labels ? [...labels] : null, chosen: null, more: false },
  };
}
