import type { Command } from 'commander';
import { callOf } from './arguments.js';
import { examples } from './examples.js';
import type { VerbCommand } from './verb-command.js';

export const whoamiCommand: VerbCommand = (program, end) => {
  program
    .command('whoami')
    .description('who the server takes you for, and what you may')
    .addHelpText('after', examples('sluice whoami', 'sluice whoami --url https://sluice.example.org -o json'))
    .action(async (_: object, command: Command) => {
      const { whoami } = await import('../verbs/whoami.js');
      end(await whoami(callOf(command)));
    });
};
