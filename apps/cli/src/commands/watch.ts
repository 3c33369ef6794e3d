import type { Command } from 'commander';
import { callOf, notEmpty, selectorHelp } from './arguments.js';
import { examples } from './examples.js';
import type { VerbCommand } from './verb-command.js';

export const watchCommand: VerbCommand = (program, end) =>
  program
    .command('watch')
    .argument('<workflow>', selectorHelp, notEmpty)
    .description('follow a workflow to its end, then report')
    .addHelpText('after', examples('sluice watch last', 'sluice watch last -o ndjson   # a line at each change'))
    .action(async (selector: string, _, command: Command) => {
      const { watch } = await import('../verbs/watch.js');
      end(await watch(callOf(command), selector, { silent: false }));
    });
