import type { SluiceClient } from '#client';
import type { WorkflowView } from '#contracts';
import type { Call } from './globals.js';
import { csvRecord } from './render/csv.js';
import { groupsShownMax, reportLines } from './render/report.js';
import { sandboxHints } from './render/sandbox-hints.js';

/** Prints one workflow on stdout in the format asked for. The table of a report tells why jobs failed, in groups. */
export async function printWorkflow(call: Call, view: WorkflowView, errorsFrom: SluiceClient | null): Promise<void> {
  const { out } = call.terminal;
  await out.lines(await linesOf(call, view, errorsFrom));
  await out.flush();
}

async function linesOf(call: Call, view: WorkflowView, errorsFrom: SluiceClient | null): Promise<string[]> {
  const { output } = call.globals;
  if (output === 'json') return [JSON.stringify(view, null, 2)];
  if (output === 'ndjson') return [JSON.stringify(view)];
  if (output === 'id') return [view.workflow.id];
  if (output === 'csv') return csvLines(view);
  const { id, counts } = view.workflow;
  const asks = errorsFrom !== null && counts.failed > 0;
  const errors = asks ? await errorsFrom.errors(id, { limit: groupsShownMax }) : null;
  for (const hint of sandboxHints(errors?.groups ?? [])) call.terminal.note(hint);
  return reportLines(view, { errors, nowMs: Date.now(), paint: call.terminal.outPaint });
}

function csvLines(view: WorkflowView): string[] {
  const head = ['workflow', 'label', 'state', 'total', 'waiting', 'ready', 'leased', 'finished', 'failed'];
  const rows = view.tasks.map(({ label, state, counts: c }) => [
    ...[view.workflow.id, label, state],
    ...[c.total, c.waiting, c.ready, c.leased, c.finished, c.failed],
  ]);
  return [head, ...rows].map(csvRecord);
}
