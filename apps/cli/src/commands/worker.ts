import type { Command } from 'commander';
import { callOf } from './arguments.js';
import type { VerbCommand } from './verb-command.js';

export const workerCommand: VerbCommand = (program, end) =>
  program
    .command('worker [args...]')
    .description('run one worker in the foreground; its own options follow')
    .allowUnknownOption()
    .helpOption(false)
    .action(async (args: string[], _, command: Command) => {
      const { worker } = await import('../verbs/worker.js');
      end(await worker(callOf(command), args));
    });
