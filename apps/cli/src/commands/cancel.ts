import type { Command } from 'commander';
import type { OrderOptions } from '../print-order.js';
import { callOf, orderDryRunHelp, notEmpty, selectorHelp } from './arguments.js';
import { examples } from './examples.js';
import type { VerbCommand } from './verb-command.js';

export const cancelCommand: VerbCommand = (program, end) =>
  program
    .command('cancel')
    .argument('<workflow>', selectorHelp, notEmpty)
    .description('end a workflow: what runs is told to stop')
    .option('--dry-run', orderDryRunHelp, false)
    .addHelpText(
      'after',
      examples(
        'sluice cancel last --dry-run',
        'sluice cancel w-7f3a && sluice wait w-7f3a   # exit 3 once it has ended',
      ),
    )
    .action(async (selector: string, options: OrderOptions, command: Command) => {
      const { cancel } = await import('../verbs/cancel.js');
      end(await cancel(callOf(command), selector, options));
    });
