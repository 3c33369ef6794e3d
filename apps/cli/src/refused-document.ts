import type { DocumentRefusal } from '#contracts';
import { CliFault, exitCodes, type ExitCode } from './exit-code.js';
import type { Call } from './globals.js';
import { refusalLines } from './render/refusal.js';

/** A document is refused: nothing was submitted. */
export class RefusedDocument extends CliFault {
  constructor(
    file: string,
    readonly refusal: DocumentRefusal,
    options: { cause?: unknown } = {},
  ) {
    super(exitCodes.usage, refusalLines(file, refusal), options);
    this.name = 'RefusedDocument';
  }
}

/** Runs a verb that reads a document. Where programs read its output they are told of a refusal as `validate` tells it. */
export async function printingRefusal(call: Call, work: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await work();
  } catch (error) {
    const { output } = call.globals;
    if (!(error instanceof RefusedDocument) || output === 'table' || output === 'id') throw error;
    const { printVerdict } = await import('./print-verdict.js');
    await printVerdict(call, { refusal: error.refusal }, output);
    return error.exitCode;
  }
}
