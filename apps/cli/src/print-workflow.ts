import type { SluiceClient } from '#client';
import type { FailReason, WorkflowView } from '#contracts';
import type { Call } from './globals.js';
import { csvRecord } from './render/csv.js';
import { reportLines, untriedReasons, type FailureSample } from './render/report.js';

const samplesMax = 5;

/** Prints one workflow on stdout in the format asked for. The table of a report has failed jobs as samples. */
export async function printWorkflow(call: Call, view: WorkflowView, samplesFrom: SluiceClient | null): Promise<void> {
  const { out } = call.terminal;
  await out.lines(await linesOf(call, view, samplesFrom));
  await out.flush();
}

async function linesOf(call: Call, view: WorkflowView, samplesFrom: SluiceClient | null): Promise<string[]> {
  const { output } = call.globals;
  if (output === 'json') return [JSON.stringify(view, null, 2)];
  if (output === 'ndjson') return [JSON.stringify(view)];
  if (output === 'id') return [view.workflow.id];
  if (output === 'csv') return csvLines(view);
  const samples = samplesFrom === null ? [] : await failureSamples(samplesFrom, view);
  return reportLines(view, { samples, nowMs: Date.now(), paint: call.terminal.outPaint });
}

function csvLines(view: WorkflowView): string[] {
  const head = ['workflow', 'label', 'state', 'total', 'waiting', 'ready', 'leased', 'finished', 'failed'];
  const rows = view.tasks.map(({ label, state, counts: c }) => [
    ...[view.workflow.id, label, state],
    ...[c.total, c.waiting, c.ready, c.leased, c.finished, c.failed],
  ]);
  return [head, ...rows].map(csvRecord);
}

/** Up to five failed jobs, shared among the reasons, the most frequent first. */
async function failureSamples(client: SluiceClient, view: WorkflowView): Promise<FailureSample[]> {
  const reasons = Object.entries(view.workflow.failedBy)
    .sort(([, a], [, b]) => b - a)
    .map(([reason]) => reason as FailReason)
    .filter((reason) => !untriedReasons.includes(reason))
    .slice(0, samplesMax);
  const each = Math.max(1, Math.floor(samplesMax / Math.max(1, reasons.length)));
  const pages = reasons.map(async (reason) => {
    const page = await client.jobPage(view.workflow.id, { state: 'failed', reason, limit: each });
    return { reason, jobs: page.jobs };
  });
  return Promise.all(pages);
}
