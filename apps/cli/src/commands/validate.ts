import type { Command } from 'commander';
import { callOf, fileHelp, notEmpty } from './arguments.js';
import { examples } from './examples.js';
import type { VerbCommand } from './verb-command.js';

export const validateCommand: VerbCommand = (program, end) =>
  program
    .command('validate')
    .argument('<file>', fileHelp, notEmpty)
    .description('say all that is wrong with a document; needs no server')
    .addHelpText('after', examples('sluice validate survey.yaml', 'sluice validate night.ndjson.gz -o json'))
    .action(async (file: string, _, command: Command) => {
      const { validate } = await import('../verbs/validate.js');
      end(await validate(callOf(command), file));
    });
