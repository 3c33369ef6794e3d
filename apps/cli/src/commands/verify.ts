import type { Command } from 'commander';
import { callOf, notEmpty, selectorHelp } from './arguments.js';
import { examples } from './examples.js';
import type { VerbCommand } from './verb-command.js';

export const verifyCommand: VerbCommand = (program, end) =>
  program
    .command('verify')
    .argument('[workflow]', `${selectorHelp}; left out: everything`, notEmpty)
    .description('check that the books are right: nothing lost, nothing twice')
    .addHelpText('after', examples('sluice verify', 'sluice verify last', 'sluice verify -o ndjson'))
    .action(async (selector: string | undefined, _: object, command: Command) => {
      const { verify } = await import('../verbs/verify.js');
      end(await verify(callOf(command), selector ?? null));
    });
