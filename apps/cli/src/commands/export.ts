import type { Command } from 'commander';
import { exportFormats, type ExportOptions } from '../export-format.js';
import { callOf, notEmpty, selectorHelp } from './arguments.js';
import { examples } from './examples.js';
import { ownOutput } from './output-option.js';
import type { VerbCommand } from './verb-command.js';

export const exportCommand: VerbCommand = (program, end) =>
  program
    .command('export')
    .argument('<workflow>', selectorHelp, notEmpty)
    .description('get a workflow out: its document, or what became of its jobs')
    .addOption(ownOutput(exportFormats))
    .option('--observed', "with -o sluice: what the run measured, in each job's `observed`", false)
    .option('--to <file>', 'a file in place of stdout; compressed if it ends in .gz', notEmpty)
    .addHelpText(
      'after',
      examples(
        'sluice export last | sluice submit -',
        'sluice export last -o csv --to jobs.csv',
        'sluice export last -o wfformat > instance.json',
      ),
    )
    .action(async (selector: string, _, command: Command) => {
      const { exportWorkflow } = await import('../verbs/export.js');
      end(await exportWorkflow(callOf(command), selector, command.optsWithGlobals<ExportOptions>()));
    });
