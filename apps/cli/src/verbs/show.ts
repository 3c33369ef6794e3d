import { connectToRead } from '../connect.js';
import { exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { printWorkflow } from '../print-workflow.js';

/** Prints where a workflow stands. A report adds why jobs failed, in groups. Exits 0 whatever came of it. */
export async function show(call: Call, selector: string, options: { errors: boolean }): Promise<ExitCode> {
  const connection = await connectToRead(call);
  try {
    const { client } = connection;
    await printWorkflow(call, await client.workflow(selector), { client, errors: options.errors });
  } finally {
    await connection.release();
  }
  return exitCodes.ok;
}
