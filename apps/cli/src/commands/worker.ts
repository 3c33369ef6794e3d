import type { Command } from 'commander';
import { callOf } from './arguments.js';
import { examples } from './examples.js';
import type { VerbCommand } from './verb-command.js';

export const workerCommand: VerbCommand = (program, end) =>
  program
    .command('worker [args...]')
    .description('run one worker here; its own options follow')
    .allowUnknownOption()
    .helpOption(false)
    .addHelpText(
      'after',
      examples(
        'sluice worker --cores 4',
        'sluice worker --site USDF --walltime-sec 7200 --url https://sluice.example.org',
      ),
    )
    .action(async (args: string[], _, command: Command) => {
      const { worker } = await import('../verbs/worker.js');
      end(await worker(callOf(command), args));
    });
