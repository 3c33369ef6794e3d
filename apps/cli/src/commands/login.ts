import type { Command } from 'commander';
import type { LoginOptions } from '../verbs/login.js';
import { callOf, notEmpty } from './arguments.js';
import { examples } from './examples.js';
import type { VerbCommand } from './verb-command.js';

export const loginCommand: VerbCommand = (program, end) => {
  program
    .command('login')
    .description('get a token of a server elsewhere, by your browser')
    .option('--issuer <url>', 'who vouches for you, where the server trusts several', notEmpty)
    .option('--insecure-dev', 'for trials: the issuer may be http, on this machine only', false)
    .addHelpText(
      'after',
      examples(
        'sluice login --url https://sluice.example.org',
        'sluice login --url https://sluice.example.org --issuer https://iam.example.org',
      ),
    )
    .action(async (options: LoginOptions, command: Command) => {
      const { login } = await import('../verbs/login.js');
      end(await login(callOf(command), options));
    });
};
