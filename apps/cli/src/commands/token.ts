import { Option, type Command } from 'commander';
import type { tokenDays } from '#contracts';
import type { TokenCreateOptions } from '../verbs/token.js';
import { callOf, notEmpty, repeated, wholeNumber } from './arguments.js';
import { examples } from './examples.js';
import type { VerbCommand } from './verb-command.js';

/** The contracts themselves are loaded by the verb. */
const days: typeof tokenDays = { usual: 90, max: 366 };
const roles = ['reader', 'submitter', 'operator', 'administrator'];

export const tokenCommand: VerbCommand = (program, end) => {
  const token = program
    .command('token')
    .description('tokens for programs, for the workers of a site, for sites')
    .addHelpText(
      'after',
      examples(
        'sluice token create nightly --space dp2 --role submitter --to nightly.token',
        "sluice token create 'USDF pilots' --pool USDF --to pool.token",
        'sluice token revoke 12',
      ),
    );
  addCreate(token, end);
  token
    .command('ls')
    .description('list tokens, without their texts')
    .option('--all', 'those too that have ended or were revoked', false)
    .option('--everybody', 'not only your own: for who administers the system', false)
    .action(async (options: { all: boolean; everybody: boolean }, command: Command) => {
      const { tokenLs } = await import('../verbs/token.js');
      end(await tokenLs(callOf(command), options));
    });
  token
    .command('revoke')
    .argument('<id...>', 'ids of `sluice token ls`')
    .description('end tokens at once: within seconds they open nothing')
    .action(async (ids: string[], _: object, command: Command) => {
      const { tokenRevoke } = await import('../verbs/token.js');
      end(await tokenRevoke(callOf(command), ids));
    });
};

function addCreate(token: Command, end: (code: number) => void): void {
  token
    .command('create')
    .argument('<name>', 'what people know it by', notEmpty)
    .description('hand out a token: it acts for you, in your name')
    .option('--space <name>', 'only in this space; may be repeated', repeated, [])
    .addOption(new Option('--role <role>', 'at most this role').choices(roles))
    .option('--pool <site>', 'lets workers of this site in, * of any; for nothing else', notEmpty)
    .option('--site <site>', 'gives orders about this site; for nothing else', notEmpty)
    .option(
      '--days <n>',
      `how long it counts: ${days.usual} unless said, ${days.max} at most`,
      wholeNumber({ min: 1, max: days.max }),
    )
    .option('--to <file>', 'write it there, for its owner only, in place of showing it', notEmpty)
    .action(async (name: string, options: TokenCreateOptions, command: Command) => {
      const { tokenCreate } = await import('../verbs/token.js');
      end(await tokenCreate(callOf(command), name, options));
    });
}
