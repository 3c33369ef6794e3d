import { partitionOf, type JobFilter, type PauseAnswer } from '#contracts';
import { takesJobOrders } from '#core';
import type { TransitionTransaction } from '../ports/transition-store.js';
import { choiceOf } from './open-choice.js';
import type { OrderOptions, OrderPorts } from './order-ports.js';
import { pauseAnswerOf } from './pause-answer.js';
import type { PauseOutcome } from './request-pause.js';

/** Jobs that one order pauses or resumes: a second or two. Of more it says so, and is to be given again. */
export const pauseJobsMax = 20_000;

/** `by`: who orders it, as the caller says. */
export type PauseJobsOptions = OrderOptions & { filter: JobFilter; by?: string | undefined };

/**
 * Pauses the open jobs that a filter means now, none later: none of them is leased any more once this returns. What is leased
 * goes on, and comes back paused if it is tried again. Safe to repeat: paused ones are not meant again.
 * @returns with the state it had: a workflow that has ended, or is to be cancelled, stays as it is; null for an unknown one.
 */
export function requestPauseJobs(
  { transitions }: OrderPorts,
  workflowNo: string,
  options: PauseJobsOptions,
): Promise<PauseOutcome | null> {
  const work = orderAbout(workflowNo, { ...options, paused: false }, async (tx, ordinals) => {
    await tx.pauseJobs(workflowNo, ordinals, { by: options.by ?? '' });
    return [];
  });
  const partition = partitionOf(workflowNo);
  return options.dryRun ? transitions.rehearse(partition, work) : transitions.step(partition, work);
}

/**
 * Resumes those paused jobs that a filter means now, by whatever filter they were paused. One whose label or workflow is paused
 * waits still. Safe to repeat.
 * @returns as requestPauseJobs()
 */
export async function requestResumeJobs(
  { transitions, hints }: OrderPorts,
  workflowNo: string,
  options: PauseJobsOptions,
): Promise<PauseOutcome | null> {
  const work = orderAbout(workflowNo, { ...options, paused: true }, (tx, ordinals) =>
    tx.resumeJobs(workflowNo, ordinals, { by: options.by ?? '' }),
  );
  const partition = partitionOf(workflowNo);
  const outcome = await (options.dryRun ? transitions.rehearse(partition, work) : transitions.step(partition, work));
  if (outcome?.changed && !options.dryRun) {
    hints.ready(outcome.classes);
    hints.held();
  }
  return outcome;
}

type JobsOutcome = PauseOutcome & { classes: number[] };

const orderAbout =
  (
    workflowNo: string,
    { filter, paused, dryRun }: PauseJobsOptions & { paused: boolean },
    carryOut: (tx: TransitionTransaction, ordinals: readonly number[]) => Promise<number[]>,
  ) =>
  async (tx: TransitionTransaction): Promise<JobsOutcome | null> => {
    const target = await tx.target(workflowNo);
    if (!target) return null;
    await tx.planFreely();
    const choice = choiceOf(filter, { paused });
    const ordinals = takesJobOrders(target) ? await tx.chooseOpen(workflowNo, choice, pauseJobsMax) : [];
    const changed = ordinals.length > 0;
    const classes = changed ? await carryOut(tx, ordinals) : [];
    const about: Partial<PauseAnswer> = {
      chosen: changed ? await tx.countOpen(workflowNo, ordinals) : [],
      more: ordinals.length === pauseJobsMax,
    };
    const answer = { ...(await pauseAnswerOf(tx, workflowNo, { dryRun, changed })), ...about };
    return { ...target, unknownLabels: [], changed, answer, classes };
  };
