import type { Command } from 'commander';
import { callOf, notEmpty, selectorHelp } from './arguments.js';
import { examples } from './examples.js';
import type { VerbCommand } from './verb-command.js';

export const whyCommand: VerbCommand = (program, end) =>
  program
    .command('why')
    .argument('<workflow>', selectorHelp, notEmpty)
    .argument('[job]', 'its number, its name, or label/name', notEmpty)
    .description('why a job does not run, or how it ended')
    .addHelpText(
      'after',
      examples(
        'sluice why last   # one job of each kind that holds it up',
        'sluice why last 17',
        'sluice why last calibrate/calibrate-17',
      ),
    )
    .action(async (selector: string, job: string | undefined, _, command: Command) => {
      const { why } = await import('../verbs/why.js');
      end(await why(callOf(command), selector, job));
    });
