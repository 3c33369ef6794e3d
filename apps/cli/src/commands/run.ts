import type { Command } from 'commander';
import type { RunOptions } from '../verbs/run.js';
import { callOf, fileHelp, notEmpty } from './arguments.js';
import { stackOptions } from './stack-options.js';
import type { VerbCommand } from './verb-command.js';

export const runCommand: VerbCommand = (program, end) =>
  stackOptions(program.command('run').description('submit a document, follow it to its end, report'))
    .argument('<file>', fileHelp, notEmpty)
    .option('--wait', 'go on although no worker here can run what is left', false)
    .option('--keep', 'the stack stays up when the workflow has ended', false)
    .action(async (file: string, options: RunOptions, command: Command) => {
      const { run } = await import('../verbs/run.js');
      end(await run(callOf(command), file, options));
    });
