/**
 * Owns what can happen to a workflow, and what its jobs make of it when none is open any more.
 *
 * W1  A cancel ends a pause. What is to be cancelled is not paused.
 * W2  Only an open workflow that is not to be cancelled takes orders about its jobs.
 * W3  The final job is decided on once nothing else is open: it runs if `always`, or if nothing failed. A cancel ends one
 *     that is not `always`.
 */
import { endState } from '../workflow/end-state.js';

export type WorkflowEnd = ReturnType<typeof endState>;
export type WorkflowPlace = 'uploading' | 'running' | 'paused' | WorkflowEnd;
/** Besides these it ends, once none of its jobs is open. @see workflowEnd */
export type WorkflowEvent = 'sealed' | 'paused' | 'resumed' | 'cancelAsked' | 'reopened';
export type WorkflowRefusal =
  'not-uploading' | 'not-running' | 'not-paused' | 'not-open' | 'not-ended' | 'to-be-cancelled';

interface WorkflowRule {
  to: Partial<Record<WorkflowPlace, WorkflowPlace>>;
  otherwise: WorkflowRefusal;
  /** Of a workflow that is to be cancelled. */
  onceCancelled: 'allowed' | 'refused';
}

export const workflowRules: Record<WorkflowEvent, WorkflowRule> = {
  sealed: { to: { uploading: 'running' }, otherwise: 'not-uploading', onceCancelled: 'refused' },
  paused: { to: { running: 'paused' }, otherwise: 'not-running', onceCancelled: 'refused' },
  resumed: { to: { paused: 'running' }, otherwise: 'not-paused', onceCancelled: 'allowed' },
  cancelAsked: { to: { running: 'running', paused: 'running' }, otherwise: 'not-open', onceCancelled: 'refused' },
  reopened: {
    to: { done: 'running', partial: 'running', failed: 'running', cancelled: 'running' },
    otherwise: 'not-ended',
    onceCancelled: 'allowed',
  },
};

export interface WorkflowStanding {
  state: WorkflowPlace;
  cancelRequested: boolean;
}

/** What an event does to a workflow. */
export function workflowAfter(
  event: WorkflowEvent,
  { state, cancelRequested }: WorkflowStanding,
): { state: WorkflowPlace } | { refused: WorkflowRefusal } {
  const rule = workflowRules[event];
  const next = rule.to[state];
  if (next === undefined) return { refused: rule.otherwise };
  if (cancelRequested && rule.onceCancelled === 'refused') return { refused: 'to-be-cancelled' };
  return { state: next };
}

/** One that has jobs to run or to end. */
export const isOpenWorkflow = (state: WorkflowPlace): boolean => state === 'running' || state === 'paused';

/** @see W2 */
export const takesJobOrders = ({ state, cancelRequested }: WorkflowStanding): boolean =>
  isOpenWorkflow(state) && !cancelRequested;

/** What decides how a workflow has ended, and what becomes of its final job. */
export interface WorkflowBooks {
  finished: number;
  failed: number;
  /** Of the failed ones, those cancelled. */
  cancelled: number;
  cancelRequested: boolean;
  failFast: boolean;
}

/**
 * How a workflow without open jobs has ended. Jobs that were cancelled by themselves have failed like others: only a cancel of
 * the whole cancels it, and one that came after the last job had ended cancelled nothing.
 */
export const workflowEnd = ({ finished, failed, cancelled, cancelRequested, failFast }: WorkflowBooks): WorkflowEnd =>
  endState({
    ...{ finished, failed, cancelled: cancelRequested ? cancelled : 0 },
    failFast: failFast && failed > cancelled,
  });

/** A final job that waits. */
export interface WaitingFinal {
  when: 'always' | 'success';
  /** Is anything else of its workflow open? */
  othersOpen: boolean;
  /** Has any job of it failed? */
  anyFailed: boolean;
  cancelRequested: boolean;
}

/** @see W3 */
export function fateOfFinal(final: WaitingFinal): 'waits' | 'freed' | 'pruned' {
  const { when, othersOpen, anyFailed, cancelRequested } = final;
  if (othersOpen || (cancelRequested && when !== 'always')) return 'waits';
  return when === 'always' || !anyFailed ? 'freed' : 'pruned';
}
