import type { Command } from 'commander';
import { documentFormats, type DocumentFormat } from '../globals.js';
import { openTerminal } from '../terminal/terminal.js';
import { fileHelp, notEmpty } from './arguments.js';
import { examples } from './examples.js';
import { ownOutput } from './output-option.js';
import type { VerbCommand } from './verb-command.js';

/** Its `-o` takes formats of documents: what is converted goes to stdout. */
export const convertCommand: VerbCommand = (program, end) =>
  program
    .command('convert')
    .argument('<file>', fileHelp, notEmpty)
    .description('write a document in another format')
    .addOption(ownOutput(documentFormats))
    .addHelpText(
      'after',
      examples(
        'sluice convert trace.json > jobs.ndjson',
        'sluice convert workflow.yaml -o wfformat',
        'gunzip -c big.gz | sluice convert -',
      ),
    )
    .action(async (file: string, _, command: Command) => {
      const { output } = command.optsWithGlobals<{ output: DocumentFormat }>();
      const { convert } = await import('../verbs/convert.js');
      end(await convert(openTerminal({ colour: false }), file, output));
    });
