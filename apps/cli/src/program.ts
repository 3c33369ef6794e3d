import { Command, InvalidArgumentError, Option } from 'commander';
import { commands } from './commands/commands.js';
import { documentFormats, formats } from './globals.js';

/**
 * The command line. Each verb is loaded only when it is called.
 * @param end is told the exit code of the verb that ran
 */
export function buildProgram(version: string, end: (code: number) => void): Command {
  const program = new Command('sluice')
    .description('Runs workflows: DAGs of one to a million jobs and more.')
    .version(version, '-V, --version')
    .addOption(
      new Option('-o, --output <format>', 'what to print').choices(formats).argParser(outputFormat).default('table'),
    )
    .option('--state-dir <folder>', "where this machine's stack keeps everything (SLUICE_STATE_DIR)")
    .option('--url <url>', "a server elsewhere instead of this machine's stack (SLUICE_URL)")
    .option('--token-file <file>', 'its token (SLUICE_TOKEN_FILE)')
    .option('--no-color', 'no colour (NO_COLOR)')
    .configureHelp({ showGlobalOptions: true, helpWidth: 80 })
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error:/, 'sluice:')) })
    .showHelpAfterError('  `sluice --help` lists the verbs, `sluice VERB --help` the options of one')
    .exitOverride();
  for (const add of commands) add(program, end);
  return program;
}

/** Formats of documents pass: which verb takes them is the verb's to say. */
function outputFormat(text: string): string {
  if ([...formats, ...documentFormats].some((known) => known === text)) return text;
  throw new InvalidArgumentError(`Allowed choices are ${formats.join(', ')}.`);
}
