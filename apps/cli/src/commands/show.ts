import type { Command } from 'commander';
import { callOf, notEmpty, selectorHelp } from './arguments.js';
import { examples } from './examples.js';
import type { VerbCommand } from './verb-command.js';

export const showCommand: VerbCommand = (program, end) =>
  program
    .command('show')
    .argument('<workflow>', selectorHelp, notEmpty)
    .description('where a workflow stands')
    .addHelpText(
      'after',
      examples(
        'sluice show last',
        'sluice show last~2   # the one submitted two before it',
        "sluice show 'dp2-*' -o json",
      ),
    )
    .action(async (selector: string, _, command: Command) => {
      const { show } = await import('../verbs/show.js');
      end(await show(callOf(command), selector, { errors: false }));
    });
