import type { JobSnapshot } from '../ports/read-store.js';
import type { Wait } from './explain-wait.js';

type Paused = Pick<JobSnapshot, 'workflow' | 'workflowState' | 'pausedAt' | 'label' | 'labelPausedAt'>;

/** Since when a job's workflow, or its label, is paused, and what to do about it. @returns null where neither is. */
export function pausedWait({ workflow, workflowState, pausedAt, label, labelPausedAt }: Paused): Wait | null {
  if (workflowState === 'paused') {
    const remedy = `sluice resume ${workflow}`;
    const since = pausedAt === null ? '' : ` since ${pausedAt}`;
    return {
      ...{ cause: 'paused', subject: workflow, text: `the workflow is paused${since}: \`${remedy}\` lets it go on` },
      ...{ remedy, details: { since: pausedAt } },
    };
  }
  if (labelPausedAt === null) return null;
  const remedy = `sluice resume ${workflow} --label ${quoted(label)}`;
  return {
    ...{ cause: 'paused', subject: label, remedy, details: { since: labelPausedAt } },
    text: `label ${label} is paused since ${labelPausedAt}: \`${remedy}\` lets it go on`,
  };
}

/** As a shell takes it. */
export const quoted = (text: string): string =>
  /^[\w.:/=,@+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
