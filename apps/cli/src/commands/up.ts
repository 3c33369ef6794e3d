import type { Command } from 'commander';
import type { UpOptions } from '../verbs/up.js';
import { callOf, wholeNumber } from './arguments.js';
import { examples } from './examples.js';
import { stackOptions } from './stack-options.js';
import type { VerbCommand } from './verb-command.js';

export const upCommand: VerbCommand = (program, end) =>
  stackOptions(program.command('up').description("start this machine's stack, to stay until `down`"))
    .option('--port <n>', 'port of the gateway on 127.0.0.1; 0 picks a free one', wholeNumber({ min: 0, max: 65_535 }))
    .addHelpText(
      'after',
      examples('sluice up', 'sluice up --workers 2 --cores 8 --port 0', 'sluice up --transforms transforms/_template'),
    )
    .action(async (options: UpOptions, command: Command) => {
      const { up } = await import('../verbs/up.js');
      end(await up(callOf(command), options));
    });
