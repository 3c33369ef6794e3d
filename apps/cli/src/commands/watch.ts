import type { Command } from 'commander';
import { callOf, notEmpty, selectorHelp } from './arguments.js';
import type { VerbCommand } from './verb-command.js';

export const watchCommand: VerbCommand = (program, end) =>
  program
    .command('watch')
    .argument('<workflow>', selectorHelp, notEmpty)
    .description('follow a workflow to its end; exits with what it came to')
    .action(async (selector: string, _, command: Command) => {
      const { watch } = await import('../verbs/watch.js');
      end(await watch(callOf(command), selector, { silent: false }));
    });
