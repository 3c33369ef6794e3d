import type { JobSnapshot } from '../ports/read-store.js';
import type { Wait } from './explain-wait.js';

type OfWorkflow = Pick<JobSnapshot, 'workflow' | 'workflowState' | 'pausedAt'>;
type OfLabel = Pick<JobSnapshot, 'workflow' | 'label' | 'labelPausedAt'>;
type OfJob = Pick<JobSnapshot, 'workflow' | 'ordinal' | 'ownPausedAt'>;

/** Every pause that holds a job, of its workflow, its label and itself: since when, and what to do about it. */
export const pausesOf = (job: OfWorkflow & OfLabel & OfJob): Wait[] =>
  [workflowPause(job), labelPause(job), ownPause(job)].filter((wait) => wait !== null);

/** The pause of a label's jobs, that of the workflow first. @returns null where there is neither. */
export const pausedWait = (label: OfWorkflow & OfLabel): Wait | null => workflowPause(label) ?? labelPause(label);

function workflowPause({ workflow, workflowState, pausedAt }: OfWorkflow): Wait | null {
  if (workflowState !== 'paused') return null;
  const remedy = `sluice resume ${workflow}`;
  const since = pausedAt === null ? '' : ` since ${pausedAt}`;
  return {
    ...{ cause: 'paused', subject: workflow, text: `the workflow is paused${since}: \`${remedy}\` lets it go on` },
    ...{ remedy, details: { since: pausedAt } },
  };
}

function labelPause({ workflow, label, labelPausedAt }: OfLabel): Wait | null {
  if (labelPausedAt === null) return null;
  const remedy = `sluice resume ${workflow} --label ${quoted(label)}`;
  return {
    ...{ cause: 'paused', subject: label, remedy, details: { since: labelPausedAt } },
    text: `label ${label} is paused since ${labelPausedAt}: \`${remedy}\` lets it go on`,
  };
}

/** The pause of a job by itself. */
export function ownPause({ workflow, ordinal, ownPausedAt }: OfJob): Wait | null {
  if (ownPausedAt === null) return null;
  const remedy = `sluice resume ${workflow} --job ${ordinal}`;
  return {
    ...{ cause: 'paused', subject: '', remedy, details: { since: ownPausedAt } },
    text: `this job is paused since ${ownPausedAt}: \`${remedy}\` lets it go on`,
  };
}

/** The same of some jobs of a workflow. */
export function pausedByThemselves(workflow: string): Wait {
  const remedy = `sluice resume ${workflow} --all`;
  return { cause: 'paused', subject: '', text: 'held by a pause of these jobs', remedy, details: {} };
}

/** As a shell takes it. */
export const quoted = (text: string): string =>
  /^[\w.:/=,@+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
