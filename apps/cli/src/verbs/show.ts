import { connectToRead } from '../connect.js';
import { exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { printWorkflow } from '../print-workflow.js';

/** Prints where a workflow stands. A report adds failed jobs as samples. Exits 0 whatever came of it. */
export async function show(call: Call, selector: string, options: { samples: boolean }): Promise<ExitCode> {
  const connection = await connectToRead(call);
  try {
    const view = await connection.client.workflow(selector);
    await printWorkflow(call, view, options.samples ? connection.client : null);
  } finally {
    await connection.release();
  }
  return exitCodes.ok;
}
