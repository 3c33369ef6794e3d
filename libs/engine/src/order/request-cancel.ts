import { partitionOf, type CancelAnswer, type CancelCause, type Counts } from '#contracts';
import { stateCode, workflowAfter } from '#core';
import type { OpenJobs } from '../ports/settle-store.js';
import type { OrderTarget, TransitionTransaction } from '../ports/transition-store.js';
import type { OrderOptions, OrderPorts } from './order-ports.js';
import { orderedView } from './ordered-view.js';

export type CancelOutcome = OrderTarget & { answer: CancelAnswer };

/**
 * Asks for the end of a workflow. Nothing of it is leased any more once this returns; a pause ends with it. Safe to repeat.
 * @param cause left out: somebody orders it
 * @returns with the state it had: an ended one stays as it is; null for an unknown workflow.
 */
export async function requestCancel(
  { transitions, hints }: OrderPorts,
  workflowNo: string,
  { dryRun, cause = null }: OrderOptions & { cause?: CancelCause | null },
): Promise<CancelOutcome | null> {
  const partition = partitionOf(workflowNo);
  const work = async (tx: TransitionTransaction): Promise<(CancelOutcome & { classes: number[] }) | null> => {
    const target = await tx.requestCancel(workflowNo, cause);
    if (!target) return null;
    const [open] = await tx.openJobs([workflowNo]);
    const view = orderedView(await tx.view(workflowNo));
    const classes = target.changed ? await tx.unqueue(workflowNo) : [];
    const state = stateAsked(target);
    const answer = {
      ...view,
      state,
      dryRun,
      changed: target.changed,
      ends: endsOf(view.counts, open),
      prunes: 0,
      more: false,
    };
    return { ...target, answer, classes };
  };
  const outcome = await (dryRun ? transitions.rehearse(partition, work) : transitions.step(partition, work));
  if (outcome?.changed && !dryRun) {
    hints.command(partition);
    hints.ready(outcome.classes);
  }
  return outcome;
}

/** The state that it has once this was asked for. */
function stateAsked(target: OrderTarget): OrderTarget['state'] {
  const step = workflowAfter('cancelAsked', target);
  return 'refused' in step ? target.state : step.state;
}

/** A final job that runs always is spared. */
function endsOf({ waiting, ready, leased }: Counts, workflow: OpenJobs | undefined): number {
  const { finalWhen = null, finalState = null } = workflow ?? {};
  const spared = finalWhen === 'always' && finalState !== null && finalState < stateCode.finished ? 1 : 0;
  return waiting + ready + leased - spared;
}
