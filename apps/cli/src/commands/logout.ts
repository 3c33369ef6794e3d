import type { Command } from 'commander';
import { callOf } from './arguments.js';
import { examples } from './examples.js';
import type { VerbCommand } from './verb-command.js';

export const logoutCommand: VerbCommand = (program, end) => {
  program
    .command('logout')
    .description('forget a log-in, here and at its issuer')
    .addHelpText('after', examples('sluice logout --url https://sluice.example.org', 'sluice logout'))
    .action(async (_: object, command: Command) => {
      const { logout } = await import('../verbs/login.js');
      end(await logout(callOf(command)));
    });
};
