import { partitionOf, type PauseAnswer } from '#contracts';
import type { OrderTarget, TransitionTransaction } from '../ports/transition-store.js';
import type { OrderOptions, OrderPorts } from './order-ports.js';
import { orderedView } from './ordered-view.js';

export type PauseOutcome = OrderTarget & { answer: PauseAnswer };

/**
 * Pauses a workflow: nothing of it is leased any more once this returns; what is leased goes on, and what becomes ready
 * waits. Safe to repeat.
 * @returns with the state it had: one that has ended, or is to be cancelled, stays as it is; null for an unknown workflow.
 */
export function requestPause(
  { transitions }: OrderPorts,
  workflowNo: string,
  { dryRun }: OrderOptions,
): Promise<PauseOutcome | null> {
  const partition = partitionOf(workflowNo);
  const work = async (tx: TransitionTransaction): Promise<PauseOutcome | null> => {
    const target = await tx.pause(workflowNo);
    return target && { ...target, answer: await answerOf(tx, workflowNo, { dryRun, changed: target.changed }) };
  };
  return dryRun ? transitions.rehearse(partition, work) : transitions.step(partition, work);
}

/**
 * Gives back what a pause held. Safe to repeat: a running workflow stays as it is.
 * @returns with the state it had; null for an unknown workflow.
 */
export async function requestResume(
  { transitions, hints }: OrderPorts,
  workflowNo: string,
  { dryRun }: OrderOptions,
): Promise<PauseOutcome | null> {
  const partition = partitionOf(workflowNo);
  const work = async (tx: TransitionTransaction): Promise<(PauseOutcome & { classes: number[] }) | null> => {
    const target = await tx.resume(workflowNo);
    return target && { ...target, answer: await answerOf(tx, workflowNo, { dryRun, changed: target.changed }) };
  };
  const outcome = await (dryRun ? transitions.rehearse(partition, work) : transitions.step(partition, work));
  if (outcome?.changed && !dryRun) {
    hints.ready(outcome.classes);
    hints.held();
  }
  return outcome;
}

async function answerOf(
  tx: TransitionTransaction,
  workflowNo: string,
  order: { dryRun: boolean; changed: boolean },
): Promise<PauseAnswer> {
  const view = await tx.view(workflowNo);
  return { ...orderedView(view), ...order, state: view.state, pausedAt: view.pausedAt };
}
