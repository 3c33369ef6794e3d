import type { SluiceClient } from '#client';
import type { WorkflowView } from '#contracts';
import type { Call } from './globals.js';
import { csvRecord } from './render/csv.js';
import { mayBeHeld } from './render/hold-lines.js';
import { groupsShownMax, reportLines } from './render/report.js';
import { sandboxHints } from './render/sandbox-hints.js';

/** What the table tells besides the counts, and whom it asks. */
export interface Asking {
  client: SluiceClient;
  /** Why jobs failed, in groups. */
  errors: boolean;
}

/** Prints one workflow on stdout in the format asked for. The table says what holds ready jobs up, if anybody can be asked. */
export async function printWorkflow(call: Call, view: WorkflowView, asking: Asking | null): Promise<void> {
  const { out } = call.terminal;
  await out.lines(await linesOf(call, view, asking));
  await out.flush();
}

async function linesOf(call: Call, view: WorkflowView, asking: Asking | null): Promise<string[]> {
  const { output } = call.globals;
  if (output === 'json') return [JSON.stringify(view, null, 2)];
  if (output === 'ndjson') return [JSON.stringify(view)];
  if (output === 'id') return [view.workflow.id];
  if (output === 'csv') return csvLines(view);
  const { id, counts } = view.workflow;
  const errors = asking?.errors && counts.failed > 0 ? await asking.client.errors(id, { limit: groupsShownMax }) : null;
  const why = asking && mayBeHeld(view) ? await asking.client.workflowWhy(id) : null;
  for (const hint of sandboxHints(errors?.groups ?? [])) call.terminal.note(hint);
  return reportLines(view, { errors, waits: why?.waits ?? null, nowMs: Date.now(), paint: call.terminal.outPaint });
}

function csvLines(view: WorkflowView): string[] {
  const head = ['workflow', 'label', 'state', 'total', 'waiting', 'ready', 'leased', 'finished', 'failed'];
  const rows = view.tasks.map(({ label, state, counts: c }) => [
    ...[view.workflow.id, label, state],
    ...[c.total, c.waiting, c.ready, c.leased, c.finished, c.failed],
  ]);
  return [head, ...rows].map(csvRecord);
}
