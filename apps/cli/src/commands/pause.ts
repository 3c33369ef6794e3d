import type { Command } from 'commander';
import type { OrderOptions } from '../print-order.js';
import { callOf, orderDryRunHelp, notEmpty, selectorHelp } from './arguments.js';
import { examples } from './examples.js';
import type { VerbCommand } from './verb-command.js';

export const pauseCommand: VerbCommand = (program, end) =>
  program
    .command('pause')
    .argument('<workflow>', selectorHelp, notEmpty)
    .description('lease nothing more of a workflow; what runs goes on')
    .option('--dry-run', orderDryRunHelp, false)
    .addHelpText('after', examples('sluice pause last --dry-run', 'sluice pause w-7f3a'))
    .action(async (selector: string, options: OrderOptions, command: Command) => {
      const { pause } = await import('../verbs/pause.js');
      end(await pause(callOf(command), selector, options));
    });
