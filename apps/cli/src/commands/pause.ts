import type { Command } from 'commander';
import type { PauseOptions } from '../pause-answer.js';
import { callOf, orderDryRunHelp, notEmpty, repeated, selectorHelp } from './arguments.js';
import { examples } from './examples.js';
import type { VerbCommand } from './verb-command.js';

export const pauseCommand: VerbCommand = (program, end) =>
  program
    .command('pause')
    .argument('<workflow>', selectorHelp, notEmpty)
    .description('lease nothing more of a workflow; what runs goes on')
    .option('--label <label>', 'only this label; may be repeated', repeated)
    .option('--dry-run', orderDryRunHelp, false)
    .addHelpText(
      'after',
      examples('sluice pause last --dry-run', 'sluice pause w-7f3a', 'sluice pause last --label isr'),
    )
    .action(async (selector: string, options: PauseOptions, command: Command) => {
      const { pause } = await import('../verbs/pause.js');
      end(await pause(callOf(command), selector, options));
    });
