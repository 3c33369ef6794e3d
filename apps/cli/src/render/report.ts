import type { FailReason, JobView, WorkflowView } from '#contracts';
import { foldLabels, sumCounts } from './label-rows.js';
import { labelTable } from './label-table.js';
import { duration, grouped, perSec } from './numbers.js';
import type { Paint } from './paint.js';
import { cut, printable, wrap } from './printable.js';
import { elapsedSec, hasEnded, noticeLines, stateText } from './workflow-text.js';

/** Failed jobs that stand for the others of their reason. */
export interface FailureSample {
  reason: FailReason;
  jobs: JobView[];
}

/** Reasons that say nothing about the job itself: it was never tried, or a person stopped it. */
export const untriedReasons: readonly FailReason[] = ['parent_failed', 'cancelled'];

const width = 80;
const labelsShownMax = 40;
const messageLinesMax = 3;

/** The report at a workflow's end, or on how far it is. Lines of at most 80 columns. */
export function reportLines(
  view: WorkflowView,
  report: { samples: readonly FailureSample[]; nowMs: number; paint: Paint },
): string[] {
  const all = sumCounts(view.tasks);
  return [
    cut(`${view.workflow.id}  ${printable(view.workflow.name)}  ${stateText(view.workflow)}`, width),
    summary(view, report.nowMs),
    '',
    ...labelTable({ rows: foldLabels(view.tasks, labelsShownMax), all, beside: '' }, width, report.paint),
    ...failures(view, report.samples),
    ...noticeLines(view, 10).flatMap((line) => wrap(line, width, '  ')),
  ];
}

function summary(view: WorkflowView, nowMs: number): string {
  const { counts, failedBy } = view.workflow;
  const tried = counts.finished + counts.failed - (failedBy.parent_failed ?? 0) - (failedBy.cancelled ?? 0);
  const sec = elapsedSec(view.workflow, nowMs);
  if (sec === null) return 'not sealed yet';
  const jobs = `${grouped(counts.finished)} of ${grouped(counts.total)} jobs finished`;
  const speed = sec > 0 && tried > 0 ? `, ${perSec(tried / sec)} jobs/s` : '';
  return `${jobs} ${hasEnded(view.workflow.state) ? 'in' : 'after'} ${duration(sec)}${speed}`;
}

function failures(view: WorkflowView, samples: readonly FailureSample[]): string[] {
  const byReason = Object.entries(view.workflow.failedBy).sort(([, a], [, b]) => b - a);
  if (byReason.length === 0) return [];
  const lines = byReason.flatMap(([reason, jobs]) => [
    `  ${grouped(jobs).padStart(9)}  ${meaning(reason)}`,
    ...(samples.find((sample) => sample.reason === reason)?.jobs ?? []).flatMap(sampleLines),
  ]);
  return ['', 'failed:', ...lines];
}

function meaning(reason: string): string {
  if (reason === 'parent_failed') return 'parent_failed (pruned: never tried, a parent failed)';
  return reason;
}

function sampleLines(job: JobView): string[] {
  const exit = job.exitCode === null ? '' : `  exit ${job.exitCode}`;
  const tries = job.attempt > 1 ? `  attempt ${job.attempt}` : '';
  const head = cut(`             ${printable(job.label)}/${printable(job.name)}${exit}${tries}`, width);
  return [head, ...messageLines(job.message).map((line) => cut(`               | ${line}`, width))];
}

/** The end of the message: there errors stand. */
const messageLines = (message: string | null): string[] =>
  (message ?? '')
    .split('\n')
    .map((line) => printable(line))
    .filter((line) => line.trim() !== '')
    .slice(-messageLinesMax);
