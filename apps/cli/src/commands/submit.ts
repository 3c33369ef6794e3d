import type { Command } from 'commander';
import { callOf } from './arguments.js';
import { documentArgument, documentSource, type DocumentOptions } from './document-argument.js';
import { examples } from './examples.js';
import type { VerbCommand } from './verb-command.js';

export const submitCommand: VerbCommand = (program, end) =>
  documentArgument(program.command('submit').description('submit a document to a server that is up'))
    .addHelpText(
      'after',
      examples(
        'sluice submit examples/hello.yaml',
        'sluice submit --demo 10000',
        'sluice submit night.ndjson.gz -o id',
      ),
    )
    .action(async (file: string | undefined, options: DocumentOptions, command: Command) => {
      const source = await documentSource(command, file, options);
      const { submit } = await import('../verbs/submit.js');
      end(await submit(callOf(command), source));
    });
