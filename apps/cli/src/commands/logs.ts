import type { Command } from 'commander';
import type { LogsOptions } from '../verbs/logs.js';
import { callOf, notEmpty, selectorHelp, wholeNumber } from './arguments.js';
import { examples } from './examples.js';
import type { VerbCommand } from './verb-command.js';

export const logsCommand: VerbCommand = (program, end) =>
  program
    .command('logs')
    .argument('<workflow>', selectorHelp, notEmpty)
    .argument('<job>', 'its number, its name, or label/name', notEmpty)
    .description('what became of each attempt of a job, and what it wrote')
    .option('--attempt <n>', 'of this attempt; default: the last', wholeNumber({ min: 1, max: 32_767 }))
    .option('--stderr', 'only what it wrote to stderr')
    .option('--stdout', 'only what it wrote to stdout')
    .option('--lines <n>', 'so many of the last lines; default 10', wholeNumber({ min: 1, max: 1_000_000 }))
    .option('--all', 'every line')
    .option('--full', 'every line of its full log, where its worker sent it to the file store')
    .addHelpText(
      'after',
      examples(
        'sluice logs last calibrate/17',
        'sluice logs last 17 --attempt 1 --lines 100',
        'sluice logs last 17 --stdout --full > 17.txt',
      ),
    )
    .action(async (selector: string, job: string, options: LogsOptions, command: Command) => {
      const { logs } = await import('../verbs/logs.js');
      end(await logs(callOf(command), { selector, job }, options));
    });
