import { CommanderError } from 'commander';
import { exitCodes, faultOf } from './exit-code.js';
import { buildProgram } from './program.js';
import { OutputClosed } from './terminal/output.js';

/** Runs the verb that `argv` names, then ends the process with its exit code. */
export async function runCli(argv: readonly string[], version: string): Promise<never> {
  let code: number = exitCodes.ok;
  const program = buildProgram(version, (ended) => {
    code = ended;
  });
  try {
    await program.parseAsync(argv);
  } catch (error) {
    code = exitCodeOfError(error);
  }
  // Handles that are left, such as a kept connection, must not hold up the shell.
  process.exit(code);
}

function exitCodeOfError(error: unknown): number {
  if (error instanceof OutputClosed) return exitCodes.ok;
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  const fault = faultOf(error);
  if (fault === null) throw error;
  const [first, ...rest] = fault.lines;
  process.stderr.write([`sluice: ${first ?? ''}`, ...rest.map((line) => `  ${line}`)].join('\n') + '\n');
  return fault.exitCode;
}
