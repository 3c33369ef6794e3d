import type { WorkflowView } from '#contracts';
import type { Call } from './globals.js';
import { printWorkflow } from './print-workflow.js';
import { counted, duration } from './render/numbers.js';
import { printable } from './render/printable.js';

/** Tells that a workflow was submitted, and how to follow it. */
export async function printSubmitted(call: Call, view: WorkflowView, tookSec: number): Promise<void> {
  if (call.globals.output !== 'table') return printWorkflow(call, view, null);
  const { id, name, counts } = view.workflow;
  const size = `${counted(counts.total, 'job')} in ${counted(view.tasks.length, 'label')}`;
  await call.terminal.out.lines([
    `${id}  ${printable(name)}  ${size}  submitted in ${duration(tookSec)}`,
    `        follow: sluice watch ${id}`,
  ]);
  await call.terminal.out.flush();
}
