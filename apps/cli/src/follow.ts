import { setTimeout as sleep } from 'node:timers/promises';
import { persevere, type SluiceClient } from '#client';
import type { WorkflowView } from '#contracts';
import { hasEnded } from './render/workflow-text.js';

const pollMsMin = 50;
const pollMsMax = 1_000;
/** A server that restarts is waited for, about two minutes: the client itself waits for 15 s each time. */
const perseverance = { firstMs: 200, lastMs: 2_000, triesMax: 8 };

/** Asking adds a tenth to what a workflow took, and never more than a second. */
export const pollMs = (followedMs: number): number => Math.min(pollMsMax, Math.max(pollMsMin, followedMs / 10));

/**
 * A workflow again and again until it has ended; the last view is of its end.
 * @throws the signal's reason, also while it waits
 */
export async function* follow(
  client: SluiceClient,
  selector: string,
  options: { signal: AbortSignal },
): AsyncGenerator<WorkflowView> {
  const { signal } = options;
  const beganMs = Date.now();
  for (;;) {
    const view = await persevere({ ...perseverance, signal }, () => client.workflow(selector, { signal }));
    yield view;
    if (hasEnded(view.workflow.state)) return;
    await sleep(pollMs(Date.now() - beganMs), undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}
