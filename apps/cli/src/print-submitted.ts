import type { SluiceClient } from '#client';
import { faultOf } from './exit-code.js';
import type { Call } from './globals.js';
import { printWorkflow } from './print-workflow.js';
import { counted, duration } from './render/numbers.js';
import { printable } from './render/printable.js';

/** A workflow that was submitted, and how long that took. */
export interface Submitted {
  id: string;
  tookSec: number;
}

/**
 * Tells that a workflow was submitted, and how to follow it. It is submitted also when nobody answers what it holds: the
 * table leaves that out, since who is told of a failure submits again. Other formats have nothing to tell then and throw.
 */
export async function printSubmitted(call: Call, client: SluiceClient, { id, tookSec }: Submitted): Promise<void> {
  const { out, note } = call.terminal;
  const { output } = call.globals;
  if (output === 'id') {
    await out.lines([id]);
    return out.flush();
  }
  const view = await client.workflow(id).catch((error: unknown) => {
    note(`${id} is submitted, but what it holds cannot be told: ${faultOf(error)?.lines[0] ?? String(error)}`);
    if (output !== 'table') throw error;
    return null;
  });
  if (output !== 'table' && view) return printWorkflow(call, view, null);
  const size = view && [
    printable(view.workflow.name),
    `${counted(view.workflow.counts.total, 'job')} in ${counted(view.tasks.length, 'label')}`,
  ];
  const line = [id, ...(size ?? []), `submitted in ${duration(tookSec)}`].join('  ');
  await out.lines([line, `        follow: sluice watch ${id}`]);
  await out.flush();
}
