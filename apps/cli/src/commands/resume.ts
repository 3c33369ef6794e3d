import type { Command } from 'commander';
import type { PauseOptions } from '../pause-answer.js';
import { callOf, orderDryRunHelp, notEmpty, repeated, selectorHelp } from './arguments.js';
import { examples } from './examples.js';
import type { VerbCommand } from './verb-command.js';

export const resumeCommand: VerbCommand = (program, end) =>
  program
    .command('resume')
    .argument('<workflow>', selectorHelp, notEmpty)
    .description('let a paused workflow go on')
    .option('--label <label>', 'only this label; may be repeated', repeated)
    .option('--dry-run', orderDryRunHelp, false)
    .addHelpText('after', examples('sluice resume last', 'sluice resume w-7f3a --dry-run'))
    .action(async (selector: string, options: PauseOptions, command: Command) => {
      const { resume } = await import('../verbs/resume.js');
      end(await resume(callOf(command), selector, options));
    });
