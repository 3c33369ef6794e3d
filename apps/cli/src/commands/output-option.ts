import { Help, Option, type Command } from 'commander';
import { formats } from '../globals.js';

const flags = '-o, --output <format>';

/**
 * What verbs print in, unless they have an `-o` of their own. The program reads the option wherever it stands, before it
 * knows the verb; therefore any word passes here, and settleOutput() holds it against the choices of the verb.
 */
export const sharedOutput = (): Option =>
  new Option(flags, 'what to print')
    .choices(formats)
    .argParser((text) => text)
    .default('table');

/** An `-o` of a verb's own: its formats take the place of the shared ones, the first is what it writes without `-o`. */
export const ownOutput = (formatsHere: readonly [string, ...string[]]): Option =>
  new Option(flags, 'what to write').choices(formatsHere).default(formatsHere[0]);

/** Before a verb runs: of a verb with an `-o` of its own, those formats and that default count. */
export function settleOutput(program: Command, verb: Command): void {
  const own = verb.options.find((option) => option.attributeName() === 'output');
  if (own && program.getOptionValueSource('output') === 'default') program.setOptionValue('output', own.defaultValue);
  const choices: readonly string[] = own?.argChoices ?? formats;
  const { output } = program.opts<{ output: string }>();
  if (choices.includes(output)) return;
  const message = `error: option '${flags}' argument '${output}' is invalid. Allowed choices are ${choices.join(', ')}.`;
  verb.error(message, { code: 'commander.invalidArgument' });
}

/** For a verb's help: an option that it has itself is not listed twice. */
export function visibleGlobalOptions(this: Help, verb: Command): Option[] {
  const all = Help.prototype.visibleGlobalOptions.call(this, verb);
  return all.filter(({ long }) => !verb.options.some((own) => own.long === long));
}
