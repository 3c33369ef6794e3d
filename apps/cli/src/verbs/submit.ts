import { connectToRunning } from '../connect.js';
import { openDocument } from '../document.js';
import { exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { printWorkflow } from '../print-workflow.js';
import { counted, duration } from '../render/numbers.js';
import { printable } from '../render/printable.js';
import { submitTo } from '../submit-to.js';

/** Submits a document to a server that is up, and leaves it to itself. */
export async function submit(call: Call, file: string): Promise<ExitCode> {
  const document = await openDocument(file);
  const connection = await connectToRunning(call);
  const beganMs = Date.now();
  try {
    const id = await submitTo(connection.client, document, call.terminal, {
      file,
      signal: new AbortController().signal,
      onSealing: () => undefined,
    });
    const tookSec = (Date.now() - beganMs) / 1_000;
    const view = await connection.client.workflow(id);
    if (call.globals.output !== 'table') await printWorkflow(call, view, null);
    else {
      const size = `${counted(view.workflow.counts.total, 'job')} in ${counted(view.tasks.length, 'label')}`;
      await call.terminal.out.lines([
        `${id}  ${printable(view.workflow.name)}  ${size}  submitted in ${duration(tookSec)}`,
        `        follow: sluice watch ${id}`,
      ]);
      await call.terminal.out.flush();
    }
  } finally {
    await connection.release();
  }
  return exitCodes.ok;
}
