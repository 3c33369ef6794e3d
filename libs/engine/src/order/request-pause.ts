import { partitionOf, type PauseAnswer } from '#contracts';
import type { LabelsTarget, Orderer, OrderTarget, TransitionTransaction } from '../ports/transition-store.js';
import type { OrderOptions, OrderPorts } from './order-ports.js';
import { pauseAnswerOf } from './pause-answer.js';

/** `unknownLabels`: what the workflow does not have, of the labels that were asked for. */
export type PauseOutcome = OrderTarget & { unknownLabels: string[]; answer: PauseAnswer };

export interface PauseOptions extends OrderOptions {
  /** Only these labels; not given: the workflow as a whole. */
  labels?: readonly string[] | undefined;
  /** Who orders it, as the caller says. */
  by?: string | undefined;
}

export interface ResumeOptions extends PauseOptions {
  /** Every pause of the workflow, whatever it is about. */
  all?: boolean | undefined;
}

/**
 * Pauses a workflow or some of its labels: nothing of that is leased any more once this returns; what is leased goes on, and
 * what becomes ready waits. Safe to repeat.
 * @returns with the state it had: one that has ended, or is to be cancelled, stays as it is; null for an unknown workflow.
 */
export function requestPause(
  { transitions }: OrderPorts,
  workflowNo: string,
  { dryRun, labels, by = '' }: PauseOptions,
): Promise<PauseOutcome | null> {
  const partition = partitionOf(workflowNo);
  const work = async (tx: TransitionTransaction): Promise<PauseOutcome | null> => {
    const target = labels ? await tx.pauseLabels(workflowNo, labels, { by }) : await tx.pause(workflowNo, { by });
    if (!target) return null;
    const answer = await pauseAnswerOf(tx, workflowNo, { dryRun, changed: target.changed, labels });
    return { unknownLabels: [], ...target, answer };
  };
  return dryRun ? transitions.rehearse(partition, work) : transitions.step(partition, work);
}

/**
 * Gives back what a pause held. Safe to repeat: what runs stays as it is. A label that was paused by itself stays paused when
 * its workflow is resumed, and a workflow when a label of it is; jobs that were paused by themselves stay so in either case.
 * @returns with the state it had; null for an unknown workflow.
 */
export async function requestResume(
  { transitions, hints }: OrderPorts,
  workflowNo: string,
  { dryRun, labels, all, by = '' }: ResumeOptions,
): Promise<PauseOutcome | null> {
  const partition = partitionOf(workflowNo);
  const work = async (tx: TransitionTransaction): Promise<(PauseOutcome & { classes: number[] }) | null> => {
    const target = await resumed(tx, workflowNo, { labels, all, by });
    if (!target) return null;
    const answer = await pauseAnswerOf(tx, workflowNo, { dryRun, changed: target.changed, labels });
    return { unknownLabels: [], ...target, answer };
  };
  const outcome = await (dryRun ? transitions.rehearse(partition, work) : transitions.step(partition, work));
  if (outcome?.changed && !dryRun) {
    hints.ready(outcome.classes);
    hints.held();
  }
  return outcome;
}

function resumed(
  tx: TransitionTransaction,
  workflowNo: string,
  { labels, all, by }: Pick<ResumeOptions, 'labels' | 'all'> & Orderer,
): Promise<((OrderTarget | LabelsTarget) & { classes: number[] }) | null> {
  if (all) return tx.resumeAll(workflowNo, { by });
  return labels ? tx.resumeLabels(workflowNo, labels, { by }) : tx.resume(workflowNo, { by });
}
