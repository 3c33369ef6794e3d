import type { Command } from 'commander';
import type { CancelOptions } from '../verbs/cancel.js';
import { callOf, orderDryRunHelp, notEmpty, selectorHelp } from './arguments.js';
import { examples } from './examples.js';
import { addOpenJobFilter } from './job-filter-options.js';
import type { VerbCommand } from './verb-command.js';

export const cancelCommand: VerbCommand = (program, end) =>
  addOpenJobFilter(
    program
      .command('cancel')
      .argument('<workflow>', selectorHelp, notEmpty)
      .description('end a workflow, or the open jobs of it that meet every condition'),
  )
    .option('--dry-run', orderDryRunHelp, false)
    .addHelpText(
      'after',
      examples(
        'sluice cancel last --dry-run',
        'sluice cancel last --label isr --state ready',
        'sluice cancel w-7f3a && sluice wait w-7f3a   # exit 3 once it has ended',
      ),
    )
    .action(async (selector: string, options: CancelOptions, command: Command) => {
      const { cancel } = await import('../verbs/cancel.js');
      end(await cancel(callOf(command), selector, options));
    });
