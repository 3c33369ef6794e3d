import type { Command } from 'commander';
import { callOf, fileHelp, notEmpty } from './arguments.js';
import type { VerbCommand } from './verb-command.js';

export const submitCommand: VerbCommand = (program, end) =>
  program
    .command('submit')
    .argument('<file>', fileHelp, notEmpty)
    .description('submit a document to a server that is up')
    .action(async (file: string, _, command: Command) => {
      const { submit } = await import('../verbs/submit.js');
      end(await submit(callOf(command), file));
    });
