import type { ErrorGroups, WorkflowView, WorkflowWait } from '#contracts';
import { errorLines } from './error-table.js';
import { holdLines } from './hold-lines.js';
import { foldLabels, sumCounts } from './label-rows.js';
import { labelTable } from './label-table.js';
import { memoryLines } from './memory-lines.js';
import { duration, grouped, perSec } from './numbers.js';
import type { Paint } from './paint.js';
import { cut, printable, wrap } from './printable.js';
import { deadLettersText, elapsedSec, hasEnded, noticeLines, reasonsText, stateText } from './workflow-text.js';

/** Error groups in a report; `sluice errors` has more. */
export const groupsShownMax = 5;

const width = 80;
const linesMax = 24;
/** There is room for so many labels, and a line of notices, whatever else is told; for more labels memory gives way. */
const labelsMin = 3;
const labelsWished = 8;
const noticesMin = 1;
const memoryMax = 5;
/** Title, summary, an empty line, the table's head and ALL. */
const otherLines = 5;

export interface Report {
  errors: ErrorGroups | null;
  /** What its jobs wait for, as `why` finds it; null: nobody asked. */
  waits: readonly WorkflowWait[] | null;
  nowMs: number;
  paint: Paint;
}

/** The report at a workflow's end, or on how far it is: at most 24 lines of at most 80 columns, whatever its size. */
export function reportLines(view: WorkflowView, report: Report): string[] {
  const all = sumCounts(view.tasks);
  const failed = [...failures(view, report.errors), ...letterLines(view, report.nowMs)];
  const besides = linesMax - otherLines - noticesMin - failed.length - Math.min(labelsWished, view.tasks.length);
  const told = [...memoryLines(view.tasks, Math.max(1, Math.min(memoryMax, besides))), ...failed];
  const room = linesMax - otherLines - told.length;
  const notices = noticesOf(view, report.waits, Math.max(noticesMin, room - labelsMin));
  const labels = Math.max(labelsMin, room - notices.length);
  return [
    cut(`${view.workflow.id}  ${printable(view.workflow.name)}  ${stateText(view.workflow)}`, width),
    summary(view, report.nowMs),
    '',
    ...labelTable({ rows: foldLabels(view.tasks, labels), all, beside: '' }, width, report.paint),
    ...told,
    ...notices,
  ];
}

function noticesOf(view: WorkflowView, waits: Report['waits'], room: number): string[] {
  if (waits !== null) return holdLines(view.workflow.id, waits, { width, room });
  return noticeLines(view, room)
    .flatMap((line) => wrap(line, width, '  '))
    .slice(0, room);
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

const letterLines = ({ deadLetters }: WorkflowView, nowMs: number): string[] =>
  deadLetters ? [cut(`! ${deadLettersText(deadLetters, nowMs)}`, width)] : [];

function failures({ workflow }: WorkflowView, errors: ErrorGroups | null): string[] {
  if (workflow.counts.failed === 0) return [];
  if (errors === null) return ['', `failed: ${reasonsText(workflow.failedBy)}`];
  const [first] = errors.groups;
  const next = first && !workflow.archived ? [`look at one: sluice logs ${workflow.id} ${first.sample.ordinal}`] : [];
  return ['', ...errorLines(errors, groupsShownMax), ...next];
}
