import { Command, Help, type Option } from 'commander';
import { verbGroups } from './commands/commands.js';
import { settleOutput, sharedOutput, visibleGlobalOptions } from './commands/output-option.js';

/**
 * The command line. Each verb is loaded only when it is called.
 * @param end is told the exit code of the verb that ran
 */
export function buildProgram(version: string, end: (code: number) => void): Command {
  const program = new Command('sluice')
    .description('Runs workflows: DAGs of one to a million jobs and more.')
    .version(version, '-V, --version')
    .addOption(sharedOutput())
    .option('--state-dir <folder>', "where this machine's stack keeps everything (SLUICE_STATE_DIR)")
    .option('--url <url>', "a server elsewhere instead of this machine's stack (SLUICE_URL)")
    .option('--token-file <file>', 'its token (SLUICE_TOKEN_FILE)')
    .option('--proxy <url>', 'reach it by this proxy, or none (SLUICE_PROXY, HTTPS_PROXY)')
    .option('--no-color', 'no colour (NO_COLOR)')
    .configureHelp({ showGlobalOptions: true, helpWidth: 80, optionDescription, visibleGlobalOptions })
    .hook('preAction', settleOutput)
    .addHelpText('after', "\n`sluice VERB --help` lists a verb's options and examples.")
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error:/, 'sluice:')) })
    .showHelpAfterError('  `sluice --help` lists the verbs, `sluice VERB --help` the options of one')
    .exitOverride();
  for (const { heading, verbs } of verbGroups) {
    program.commandsGroup(heading);
    for (const add of verbs) add(program, end);
  }
  program.helpCommand('help [verb]', "show a verb's options and examples");
  return program;
}

/** That a switch is off unless it is given goes without saying. */
function optionDescription(this: Help, option: Option): string {
  return Help.prototype.optionDescription.call(this, option).replace(/ \(default: (?:false|\{\}|\[\])\)$/, '');
}
