import type { FailedBy, WorkflowState, WorkflowView } from '#contracts';
import { counted, duration, grouped } from './numbers.js';
import { printable } from './printable.js';

const ends: readonly WorkflowState[] = ['done', 'partial', 'failed', 'cancelled'];

export const hasEnded = (state: WorkflowState): boolean => ends.includes(state);

/** Seconds from the seal to the end, or to `nowMs`; null while the workflow is not sealed. */
export function elapsedSec(workflow: WorkflowView['workflow'], nowMs: number): number | null {
  if (workflow.submittedAt === null) return null;
  const until = workflow.endedAt === null ? nowMs : Date.parse(workflow.endedAt);
  return Math.max(0, (until - Date.parse(workflow.submittedAt)) / 1_000);
}

/** `CANCELLING` while a cancel is under way, else the state in capitals. */
export function stateText(workflow: WorkflowView['workflow']): string {
  return workflow.cancelRequested && !hasEnded(workflow.state) ? 'CANCELLING' : workflow.state.toUpperCase();
}

/** `41 memory, 3 error`, most first. */
export const reasonsText = (failedBy: FailedBy): string =>
  Object.entries(failedBy)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, jobs]) => `${grouped(jobs)} ${reason}`)
    .join(', ');

/** Why a workflow does not go on, at most `linesMax` unwrapped lines: that it is paused, or what its ready jobs lack. */
export function noticeLines(view: WorkflowView, linesMax: number): string[] {
  const { workflow, gaps } = view;
  const late = overdueText(workflow);
  if (late !== null) return [`! ${late}`, ...(workflow.archived ? [archivedText(workflow.archived)] : [])];
  if (workflow.archived) return [archivedText(workflow.archived)];
  if (workflow.pausedAt !== null) return [`! ${pausedText(workflow, workflow.pausedAt)}`];
  const paused = pausedJobsText(view);
  return paused === null ? gapLines(gaps, linesMax) : [`! ${paused}`, ...gapLines(gaps, linesMax - 1)];
}

/** That it is cancelled since it is over the time of its policy; null: it is not. */
export const overdueText = ({ cancelCause, timeout, id }: WorkflowView['workflow']): string | null =>
  cancelCause !== 'timeout'
    ? null
    : `cancelled: over its policy.timeoutSec of ${grouped(timeout?.sec ?? 0)} s; again, with as much time: sluice retry ${id}`;

/** How many ready jobs are paused by themselves, and how they go on; null: none, or none that a pause of more does not hold. */
export function pausedJobsText({ workflow, tasks }: Pick<WorkflowView, 'workflow' | 'tasks'>): string | null {
  const ready = tasks.reduce((sum, task) => sum + (task.state === 'paused' ? 0 : (task.pausedReady ?? 0)), 0);
  if (ready === 0) return null;
  const who = ready === 1 ? '1 ready job is paused by itself' : `${grouped(ready)} ready jobs are paused by themselves`;
  return `${who}; go on: sluice resume ${workflow.id} --all`;
}

/** Since when a workflow is archived, and where its jobs are told. */
export const archivedText = ({ at, place }: NonNullable<WorkflowView['workflow']['archived']>): string =>
  `archived on ${at.slice(0, 10)}: ${place === null ? 'its jobs are gone, no files were kept' : `its jobs are in ${printable(place)}`}`;

/** `2 dead letters, the first 3 h ago: sluice admin dead-letters` */
export function deadLettersText({ total, oldestAt }: { total: number; oldestAt: string }, nowMs: number): string {
  const age = duration(Math.max(0, (nowMs - Date.parse(oldestAt)) / 1_000));
  return `${counted(total, 'dead letter')}, the first ${age} ago: sluice admin dead-letters`;
}

/** Since when a workflow is paused, and how it goes on. */
export const pausedText = ({ id }: Pick<WorkflowView['workflow'], 'id'>, pausedAt: string): string =>
  `paused since ${pausedAt}; go on: sluice resume ${id}`;

/** What each gap is, at most `gapsMax` of them, unwrapped. */
export function gapLines(gaps: WorkflowView['gaps'], gapsMax: number): string[] {
  const lines = gaps.map(({ label, jobs, gap }) => {
    const noun = jobs === 1 ? 'job' : 'jobs';
    return `! ${grouped(jobs)} ready ${noun} of ${printable(label)} cannot run: ${printable(gap)}`;
  });
  if (lines.length <= gapsMax) return lines;
  return [...lines.slice(0, gapsMax - 1), `! ... and ${lines.length - gapsMax + 1} more labels cannot run`];
}

/** `left 14 s`, or nothing where there is no telling: what is being cancelled does not run to its end. */
export const leftText = ({ workflow, etaSec }: WorkflowView): string =>
  etaSec === null || workflow.cancelRequested || hasEnded(workflow.state) ? '' : `left ${duration(Math.ceil(etaSec))}`;
