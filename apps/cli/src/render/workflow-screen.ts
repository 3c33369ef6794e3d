import type { WorkflowView } from '#contracts';
import { foldLabels, sumCounts } from './label-rows.js';
import { labelTable } from './label-table.js';
import { clock, perSec } from './numbers.js';
import type { Paint } from './paint.js';
import { cut, padEnd, printable, widthOf, wrap } from './printable.js';
import { elapsedSec, hasEnded, leftText, noticeLines, reasonsText, stateText } from './workflow-text.js';

export interface ScreenSize {
  columns: number;
  rows: number;
}

const columnsMax = 80;
const rowsMax = 24;
const labelsShownMax = 15;
const noticesMax = 2;
const linesOfNoticeMax = 2;
/** Title, head, ALL, failures, hint, and the line where the cursor stands. */
const otherLines = 6;

/**
 * What `run` and `watch` draw again and again: at most 24 lines of at most 80 columns, whatever the workflow's size.
 * @param hint the last line: what a key does.
 */
export function workflowScreen(
  view: WorkflowView,
  screen: { nowMs: number; size: ScreenSize; paint: Paint; hint: string },
): string[] {
  const width = Math.min(columnsMax, screen.size.columns);
  const notices = noticeLines(view, noticesMax).flatMap((line) => wrap(line, width, '  ').slice(0, linesOfNoticeMax));
  const room = Math.min(rowsMax, screen.size.rows) - otherLines - notices.length;
  const labels = Math.max(1, Math.min(labelsShownMax, room));
  const all = sumCounts(view.tasks);
  const table = labelTable({ rows: foldLabels(view.tasks, labels), all, beside: rateText(view) }, width, screen.paint);
  const failed = reasonsText(view.workflow.failedBy);
  return [
    title(view, screen.nowMs, width, screen.paint),
    ...table,
    ...(failed === '' ? [] : [screen.paint('failed', cut(`failed: ${failed}`, width))]),
    ...notices.map((line) => screen.paint('strong', line)),
    screen.paint('faint', cut(screen.hint, width)),
  ];
}

const nameWidthMin = 14;

function title(view: WorkflowView, nowMs: number, width: number, paint: Paint): string {
  const { workflow } = view;
  const right = [stateText(workflow), clock(elapsedSec(workflow, nowMs) ?? 0), leftText(view)]
    .filter(Boolean)
    .join('  ');
  const facts = cut(right, width - nameWidthMin - 2);
  const room = width - widthOf(facts) - 2;
  return `${paint('strong', padEnd(cut(`${workflow.id} ${printable(workflow.name)}`, room), room))}  ${facts}`;
}

const rateText = (view: WorkflowView): string =>
  view.rate === null || hasEnded(view.workflow.state) ? '' : `${perSec(view.rate)} jobs/s`;
