import type { Command } from 'commander';
import type { SubmitVerbOptions } from '../verbs/submit.js';
import { callOf, dryRunHelp, notEmpty } from './arguments.js';
import { documentArgument, documentSource, type DocumentOptions } from './document-argument.js';
import { dryRun, type DryRunOption } from './dry-run.js';
import { examples } from './examples.js';
import type { VerbCommand } from './verb-command.js';

type SubmitOptions = DocumentOptions & SubmitVerbOptions & DryRunOption;

export const submitCommand: VerbCommand = (program, end) =>
  documentArgument(program.command('submit').description('submit a document to a server that is up'))
    .option('--resume <key>', 'go on with an upload that broke off; it told its KEY', notEmpty)
    .option('--as <user>', 'for this user: whose workflow it is, and whose share', notEmpty)
    .option('--dry-run', dryRunHelp, false)
    .addHelpText(
      'after',
      examples(
        'sluice submit --demo 10000',
        'sluice submit night.ndjson.gz -o id',
        'sluice submit night.ndjson.gz --resume 3f9c2a71',
      ),
    )
    .action(async (file: string | undefined, options: SubmitOptions, command: Command) => {
      const source = await documentSource(command, file, options);
      if (options.dryRun) return end(await dryRun(command, { source, start: null }));
      const { submit } = await import('../verbs/submit.js');
      end(await submit(callOf(command), source, options));
    });
