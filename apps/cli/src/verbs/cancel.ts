import type { SluiceClient } from '#client';
import { connectToRead } from '../connect.js';
import { exitCodes, type ExitCode } from '../exit-code.js';
import { follow } from '../follow.js';
import type { Call } from '../globals.js';
import { printWorkflow } from '../print-workflow.js';
import { hasEnded } from '../render/workflow-text.js';

/** On a stack that was started for this: attempts of workers that are gone keep a workflow from its end. */
const endWithinMs = 10_000;

/** Asks for the end of a workflow: nothing of it is leased any more; what runs is told to stop. Safe to repeat. */
export async function cancel(call: Call, selector: string): Promise<ExitCode> {
  const connection = await connectToRead(call);
  const { client, stack } = connection;
  const { terminal, globals } = call;
  try {
    const { workflow } = await client.cancel(selector);
    if (stack?.started) await untilEnded(client, workflow);
    const view = await client.workflow(workflow);
    if (globals.output !== 'table') await printWorkflow(call, view, null);
    else
      await terminal.out.line(
        hasEnded(view.workflow.state) ? `${workflow} ${view.workflow.state}` : `cancelling ${workflow}`,
      );
    await terminal.out.flush();
  } finally {
    await connection.release();
  }
  return exitCodes.ok;
}

async function untilEnded(client: SluiceClient, workflow: string): Promise<void> {
  const signal = AbortSignal.timeout(endWithinMs);
  try {
    for await (const view of follow(client, workflow, { signal })) if (view.workflow.counts.leased > 0) return;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
