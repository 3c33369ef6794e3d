import type { Command } from 'commander';
import { callOf, notEmpty, selectorHelp } from './arguments.js';
import type { VerbCommand } from './verb-command.js';

export const cancelCommand: VerbCommand = (program, end) =>
  program
    .command('cancel')
    .argument('<workflow>', selectorHelp, notEmpty)
    .description('end a workflow: what runs is told to stop')
    .action(async (selector: string, _, command: Command) => {
      const { cancel } = await import('../verbs/cancel.js');
      end(await cancel(callOf(command), selector));
    });
