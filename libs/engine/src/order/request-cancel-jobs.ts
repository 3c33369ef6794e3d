import { partitionOf, type CancelAnswer, type JobFilter } from '#contracts';
import { stateCode, takesJobOrders } from '#core';
import { killsOf, ledgerOf, type Kill } from '../command/cancel-workflow.js';
import type { OrderTarget, TransitionTransaction } from '../ports/transition-store.js';
import { closeTransition } from '../settle/close-transition.js';
import { leaveRest, releaseChildren } from '../settle/release-children.js';
import { choiceOf, openStates } from './open-choice.js';
import type { OrderOptions, OrderPorts } from './order-ports.js';
import { orderedView } from './ordered-view.js';

/** Jobs that one order ends: a second or two. Of more it says so, and is to be given again. */
export const cancelJobsMax = 10_000;

export type CancelJobsOutcome = OrderTarget & { answer: CancelAnswer };

/**
 * Ends open jobs that a filter means as failed(cancelled), and prunes what waited for them; the workflow goes on. Leased ones
 * end here and now: a later report of theirs is stale, and their workers are told to stop. Safe to repeat.
 * @returns with the state it had: one that has ended, or is to be cancelled as a whole, stays as it is; null for an unknown
 * workflow.
 */
export async function requestCancelJobs(
  { transitions, hints }: OrderPorts,
  workflowNo: string,
  { filter, dryRun }: OrderOptions & { filter: JobFilter },
): Promise<CancelJobsOutcome | null> {
  const partition = partitionOf(workflowNo);
  const work = async (tx: TransitionTransaction): Promise<(CancelJobsOutcome & Effects) | null> => {
    const target = await tx.target(workflowNo);
    if (!target) return null;
    const before = await tx.view(workflowNo);
    const { jobs, more, ...effects } = takesJobOrders(target) ? await endChosen(tx, workflowNo, filter) : nothing;
    const view = orderedView(await tx.view(workflowNo));
    const told = orderedView(before);
    const answer: CancelAnswer = {
      ...{ ...told, state: target.state, dryRun, changed: jobs > 0, ends: jobs, more },
      prunes: view.counts.failed - told.counts.failed - jobs,
    };
    return { ...target, changed: jobs > 0, answer, ...effects };
  };
  const outcome = await (dryRun ? transitions.rehearse(partition, work) : transitions.step(partition, work));
  if (outcome?.changed && !dryRun) {
    hints.command(partition); // perhaps something is left to prune
    hints.ready(outcome.classes, { limits: outcome.limits });
    hints.kill(outcome.kills);
  }
  return outcome;
}

interface Effects {
  classes: number[];
  /** Limits under which there is room again. */
  limits: number[];
  kills: Kill[];
}

const nothing: Effects & { jobs: number; more: boolean } = { jobs: 0, more: false, classes: [], limits: [], kills: [] };

async function endChosen(tx: TransitionTransaction, workflowNo: string, filter: JobFilter): Promise<typeof nothing> {
  await tx.planFreely();
  const choice = choiceOf(filter, { paused: null });
  const ordinals = await tx.chooseOpen(workflowNo, choice, cancelJobsMax);
  if (ordinals.length === 0) return nothing;
  await tx.unqueueJobs(workflowNo, ordinals);
  const { jobs, limits } = await tx.cancelThese(workflowNo, { ordinals, states: choice.states ?? openStates });
  const ledger = ledgerOf(workflowNo, jobs);
  const ended = jobs.map(({ ordinal }) => ({ workflowNo, ordinal, code: stateCode.failed }));
  const release = await releaseChildren(tx, ledger, ended);
  await leaveRest(tx, release);
  for (const classId of await closeTransition(tx, partitionOf(workflowNo), ledger, [])) release.classes.add(classId);
  return {
    ...{ jobs: jobs.length, more: ordinals.length === cancelJobsMax },
    ...{ classes: [...release.classes], limits, kills: killsOf(workflowNo, jobs) },
  };
}
