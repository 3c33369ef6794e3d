import { stackFault } from '../connect.js';
import { exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';

/** Stops the stack of this machine. Workflows that have not ended go on with the next one. */
export async function down({ globals, terminal }: Call): Promise<ExitCode> {
  const { stateDirOf, stopStack } = await import('#local-stack');
  const stateDir = stateDirOf(globals.stateDir);
  const stopped = await stopStack(stateDir).catch(stackFault);
  terminal.note(stopped ? 'down: workflows that have not ended go on with the next start' : 'no stack ran here');
  return exitCodes.ok;
}
