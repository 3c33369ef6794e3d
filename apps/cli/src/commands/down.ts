import type { Command } from 'commander';
import { callOf } from './arguments.js';
import type { VerbCommand } from './verb-command.js';

export const downCommand: VerbCommand = (program, end) =>
  program
    .command('down')
    .description("stop this machine's stack; workflows go on with the next start")
    .action(async (_, command: Command) => {
      const { down } = await import('../verbs/down.js');
      end(await down(callOf(command)));
    });
