import type { Command } from 'commander';
import type { DownOptions } from '../verbs/down.js';
import { callOf, orderDryRunHelp } from './arguments.js';
import { examples } from './examples.js';
import type { VerbCommand } from './verb-command.js';

export const downCommand: VerbCommand = (program, end) =>
  program
    .command('down')
    .description("stop this machine's stack; workflows are kept")
    .option('--dry-run', orderDryRunHelp, false)
    .addHelpText(
      'after',
      examples('sluice down', 'sluice down --state-dir /data/sluice   # the stack of another state folder'),
    )
    .action(async (options: DownOptions, command: Command) => {
      const { down } = await import('../verbs/down.js');
      end(await down(callOf(command), options));
    });
