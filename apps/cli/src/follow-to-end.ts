import type { SluiceClient } from '#client';
import type { WorkflowView } from '#contracts';
import { follow } from './follow.js';
import { GapWatch } from './gap-watch.js';
import type { Progress } from './progress.js';

export interface FollowWish {
  progress: Progress;
  signal: AbortSignal;
  /** Ends also when no worker that is there could ever run what is left. */
  endWhenStuck: boolean;
  onView?: (view: WorkflowView) => Promise<void>;
}

/**
 * Follows a workflow until it has ended, and shows it on its way.
 * @returns the last view; `stuck`: it has not ended, but nothing in it can run
 */
export async function followToEnd(
  client: SluiceClient,
  selector: string,
  wish: FollowWish,
): Promise<{ view: WorkflowView; stuck: boolean }> {
  const watch = new GapWatch();
  let last: WorkflowView | null = null;
  for await (const view of follow(client, selector, { signal: wish.signal })) {
    last = view;
    const verdict = watch.judge(view, Date.now());
    // Workers that are still on their way make gaps that nobody needs to hear of.
    wish.progress.show(verdict === 'fine' ? { ...view, gaps: [] } : view);
    await wish.onView?.(view);
    if (verdict === 'stuck' && wish.endWhenStuck) return { view, stuck: true };
  }
  if (last === null) throw new Error('follow() ended without a view');
  return { view: last, stuck: false };
}
