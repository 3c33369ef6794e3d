import type { Command } from 'commander';
import { documentFormats, type DocumentFormat } from '../globals.js';
import { openTerminal } from '../terminal/terminal.js';
import { fileHelp, notEmpty } from './arguments.js';
import { examples } from './examples.js';
import type { VerbCommand } from './verb-command.js';

/** Its `-o` takes formats of documents: what is converted goes to stdout. */
export const convertCommand: VerbCommand = (program, end) =>
  program
    .command('convert')
    .argument('<file>', fileHelp, notEmpty)
    .description('write a document in another format: -o sluice (default) or -o wfformat')
    .addHelpText(
      'after',
      examples(
        'sluice convert trace.json > jobs.ndjson',
        'sluice convert workflow.yaml -o wfformat',
        'gunzip -c big.gz | sluice convert -',
      ),
    )
    .action(async (file: string, _, command: Command) => {
      const format = formatOf(command);
      const { convert } = await import('../verbs/convert.js');
      end(await convert(openTerminal({ colour: false }), file, format));
    });

function formatOf(command: Command): DocumentFormat {
  if (command.getOptionValueSourceWithGlobals('output') === 'default') return 'sluice';
  const { output } = command.optsWithGlobals<{ output: string }>();
  const format = documentFormats.find((known) => known === output);
  if (format === undefined) command.error(`error: convert writes -o ${documentFormats.join(' or -o ')}, not ${output}`);
  return format;
}
