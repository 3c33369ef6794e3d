import type { Command } from 'commander';
import type { StackOptions } from '../stack-settings.js';
import { callOf, dryRunHelp, wholeNumber } from './arguments.js';
import { dryRun, type DryRunOption } from './dry-run.js';
import { examples } from './examples.js';
import { stackOptions } from './stack-options.js';
import type { VerbCommand } from './verb-command.js';

export const upCommand: VerbCommand = (program, end) =>
  stackOptions(program.command('up').description("start this machine's stack, to stay until `down`"))
    .option('--port <n>', 'port of the gateway on 127.0.0.1; 0 picks a free one', wholeNumber({ min: 0, max: 65_535 }))
    .option('--dry-run', dryRunHelp, false)
    .addHelpText(
      'after',
      examples('sluice up', 'sluice up --workers 2 --cores 8 --port 0', 'sluice up --transforms transforms/_template'),
    )
    .action(async (options: StackOptions & DryRunOption, command: Command) => {
      if (options.dryRun) return end(await dryRun(command, { source: null, start: options }));
      const { up } = await import('../verbs/up.js');
      end(await up(callOf(command), options));
    });
