import type { Command } from 'commander';
import type { PauseOptions } from '../pause-answer.js';
import { callOf, orderDryRunHelp, notEmpty, selectorHelp } from './arguments.js';
import { examples } from './examples.js';
import { addOpenJobFilter } from './job-filter-options.js';
import type { VerbCommand } from './verb-command.js';

export const pauseCommand: VerbCommand = (program, end) =>
  addOpenJobFilter(
    program
      .command('pause')
      .argument('<workflow>', selectorHelp, notEmpty)
      .description('lease nothing more of a workflow, of labels, or of the open jobs that meet every condition'),
  )
    .option('--dry-run', orderDryRunHelp, false)
    .addHelpText(
      'after',
      examples(
        'sluice pause w-7f3a --dry-run',
        'sluice pause last --label isr   # what becomes ready of it later, too',
        'sluice pause last --label isr --state ready   # these jobs, none later',
      ),
    )
    .action(async (selector: string, options: PauseOptions, command: Command) => {
      const { pause } = await import('../verbs/pause.js');
      end(await pause(callOf(command), selector, options));
    });
