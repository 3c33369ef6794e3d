import { connectToRead } from '../connect.js';
import { exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { printAnswer } from '../print-answer.js';
import { identityLines } from '../render/identity-text.js';

/** Tells who the server takes one for, and what one may. */
export async function whoami(call: Call): Promise<ExitCode> {
  const connection = await connectToRead(call);
  try {
    const me = await connection.client.identity.whoAmI();
    await printAnswer(call, me, {
      lines: identityLines(me),
      ids: [me.subject],
      head: ['issuer', 'subject', 'name', 'kind', 'tokenEndsAt'],
      rows: [[me.issuer, me.subject, me.name, me.kind, me.tokenEndsAt]],
    });
  } finally {
    await connection.release();
  }
  return exitCodes.ok;
}
