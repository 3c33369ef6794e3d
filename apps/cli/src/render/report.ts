import type { ErrorGroups, WorkflowView } from '#contracts';
import { errorLines } from './error-table.js';
import { foldLabels, sumCounts } from './label-rows.js';
import { labelTable } from './label-table.js';
import { memoryLines } from './memory-lines.js';
import { duration, grouped, perSec } from './numbers.js';
import type { Paint } from './paint.js';
import { cut, printable, wrap } from './printable.js';
import { elapsedSec, hasEnded, noticeLines, reasonsText, stateText } from './workflow-text.js';

/** Error groups in a report; `sluice errors` has more. */
export const groupsShownMax = 5;

const width = 80;
const labelsShownMax = 40;

/** The report at a workflow's end, or on how far it is. Lines of at most 80 columns. */
export function reportLines(
  view: WorkflowView,
  report: { errors: ErrorGroups | null; nowMs: number; paint: Paint },
): string[] {
  const all = sumCounts(view.tasks);
  return [
    cut(`${view.workflow.id}  ${printable(view.workflow.name)}  ${stateText(view.workflow)}`, width),
    summary(view, report.nowMs),
    '',
    ...labelTable({ rows: foldLabels(view.tasks, labelsShownMax), all, beside: '' }, width, report.paint),
    ...memoryLines(view.tasks),
    ...failures(view, report.errors),
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

function failures({ workflow }: WorkflowView, errors: ErrorGroups | null): string[] {
  if (workflow.counts.failed === 0) return [];
  if (errors === null) return ['', `failed: ${reasonsText(workflow.failedBy)}`];
  const [first] = errors.groups;
  const next = first && !workflow.archived ? [`look at one: sluice logs ${workflow.id} ${first.sample.ordinal}`] : [];
  return ['', ...errorLines(errors, groupsShownMax), ...next];
}
