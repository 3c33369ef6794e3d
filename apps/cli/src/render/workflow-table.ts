import type { WorkflowSummary } from '#contracts';
import { grouped, percent } from './numbers.js';
import { widthOf } from './printable.js';
import { table, type Column } from './table.js';
import { startedText, tookText } from './workflow-times.js';

const width = 80;
const nameWidth = { min: 3, max: 26 };
const gap = 2;

/** The list of workflows: names give way when the numbers need the room. No line is wider than 80 columns. */
export function workflowTable(workflows: readonly WorkflowSummary[], nowMs: number): string[] {
  const rows = workflows.map(({ id, name, state, counts: c, submittedAt, endedAt }) => [
    ...[id, name, state, grouped(c.total), percent(c.finished + c.failed, c.total), grouped(c.failed)],
    ...[startedText(submittedAt, nowMs), tookText({ submittedAt, endedAt }, nowMs)],
  ]);
  return table(
    columns.map((column, at) => (at === nameAt ? { ...column, widthMax: nameRoom(rows) } : column)),
    rows,
    width,
  );
}

const nameAt = 1;
const columns: readonly Column[] = [
  { title: 'id', align: 'left' },
  { title: 'name', align: 'left' },
  { title: 'state', align: 'left' },
  { title: 'jobs', align: 'right' },
  { title: 'ended', align: 'right' },
  { title: 'failed', align: 'right' },
  { title: 'started UTC', align: 'left' },
  { title: 'took', align: 'right' },
];

function nameRoom(rows: readonly (readonly string[])[]): number {
  const others = columns.map(({ title }, at) =>
    at === nameAt ? 0 : Math.max(title.length, ...rows.map((row) => widthOf(row[at] ?? ''))),
  );
  const room = width - others.reduce((sum, each) => sum + each + gap, -gap);
  return Math.max(nameWidth.min, Math.min(nameWidth.max, room));
}
