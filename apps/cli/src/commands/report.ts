import type { Command } from 'commander';
import { callOf, notEmpty, selectorHelp } from './arguments.js';
import { examples } from './examples.js';
import type { VerbCommand } from './verb-command.js';

export const reportCommand: VerbCommand = (program, end) =>
  program
    .command('report')
    .argument('<workflow>', selectorHelp, notEmpty)
    .description('where a workflow stands, and why jobs failed')
    .addHelpText('after', examples('sluice report last', 'sluice report last -o csv > labels.csv'))
    .action(async (selector: string, _, command: Command) => {
      const { show } = await import('../verbs/show.js');
      end(await show(callOf(command), selector, { errors: true }));
    });
