import type { Command } from 'commander';
import { callOf } from './arguments.js';
import { examples } from './examples.js';
import type { VerbCommand } from './verb-command.js';

export const downCommand: VerbCommand = (program, end) =>
  program
    .command('down')
    .description("stop this machine's stack; workflows are kept")
    .addHelpText(
      'after',
      examples('sluice down', 'sluice down --state-dir /data/sluice   # the stack of another state folder'),
    )
    .action(async (_, command: Command) => {
      const { down } = await import('../verbs/down.js');
      end(await down(callOf(command)));
    });
