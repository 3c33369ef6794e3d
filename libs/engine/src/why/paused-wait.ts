import type { JobSnapshot } from '../ports/read-store.js';
import type { PastPause, PastWait } from '../ports/wait-store.js';
import type { Wait } from './explain-wait.js';

type OfWorkflow = Pick<JobSnapshot, 'workflow' | 'workflowState' | 'pausedAt' | 'pausedBy'>;
type OfLabel = Pick<JobSnapshot, 'workflow' | 'label' | 'labelPausedAt' | 'labelPausedBy'>;
type OfJob = Pick<JobSnapshot, 'workflow' | 'ordinal' | 'ownPausedAt' | 'ownPausedBy'>;

/** Every pause that holds a job, of its workflow, its label and itself: since when, by whom, and what to do about it. */
export const pausesOf = (job: OfWorkflow & OfLabel & OfJob): Wait[] =>
  [workflowPause(job), labelPause(job), ownPause(job)].filter((wait) => wait !== null);

/** The pause of a label's jobs, that of the workflow first. @returns null where there is neither. */
export const pausedWait = (label: OfWorkflow & OfLabel): Wait | null => workflowPause(label) ?? labelPause(label);

function workflowPause({ workflow, workflowState, pausedAt, pausedBy }: OfWorkflow): Wait | null {
  if (workflowState !== 'paused') return null;
  const since = { at: pausedAt, by: pausedBy };
  return pauseWait(nameOf({ about: 'workflow' }), { subject: workflow, remedy: `sluice resume ${workflow}`, since });
}

function labelPause({ workflow, label, labelPausedAt, labelPausedBy }: OfLabel): Wait | null {
  if (labelPausedAt === null) return null;
  const remedy = `sluice resume ${workflow} --label ${quoted(label)}`;
  const since = { at: labelPausedAt, by: labelPausedBy };
  return pauseWait(nameOf({ about: 'label', label }), { subject: label, remedy, since });
}

/** The pause of a job by itself. */
export function ownPause({ workflow, ordinal, ownPausedAt, ownPausedBy }: OfJob): Wait | null {
  if (ownPausedAt === null) return null;
  const remedy = `sluice resume ${workflow} --job ${ordinal}`;
  const since = { at: ownPausedAt, by: ownPausedBy };
  return pauseWait(nameOf({ about: 'job' }), { subject: '', remedy, since });
}

const pauseWait = (
  what: string,
  { subject, remedy, since: { at, by } }: { subject: string; remedy: string; since: { at: string | null; by: string } },
): Wait => ({
  ...{ cause: 'paused', subject, remedy, details: { since: at, by } },
  text: `${what} is paused${at === null ? '' : ` since ${at}`}${byText(by)}: \`${remedy}\` lets it go on`,
});

/** The same of some jobs of a workflow. */
export function pausedByThemselves(workflow: string): Wait {
  const remedy = `sluice resume ${workflow} --all`;
  return { cause: 'paused', subject: '', text: 'held by a pause of these jobs', remedy, details: {} };
}

/** A pause as part of what a job waited for. */
export function pastPauseWait(pause: PastPause): PastWait {
  const { about, label, fromMs, untilMs, pausedBy, resumedBy } = pause;
  const [from, until] = [fromMs, untilMs].map((ms) => (ms === null ? null : new Date(ms).toISOString()));
  const told =
    until === null
      ? `${nameOf(pause)} is paused since ${from}${byText(pausedBy)}`
      : `${nameOf(pause)} was paused from ${from}${byText(pausedBy)} until ${until}${byText(resumedBy)}`;
  return {
    ...{ classId: 0, cause: 'paused', subject: about === 'label' ? label : '', fromMs, untilMs, told },
    detail: { about, from, until, pausedBy, resumedBy },
  };
}

function nameOf(pause: { about: 'workflow' | 'job' } | { about: 'label'; label: string }): string {
  if (pause.about === 'label') return `label ${pause.label}`;
  return pause.about === 'workflow' ? 'the workflow' : 'this job';
}

const byText = (by: string): string => (by === '' ? '' : ` by ${by}`);

/** As a shell takes it. */
export const quoted = (text: string): string =>
  /^[\w.:/=,@+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
