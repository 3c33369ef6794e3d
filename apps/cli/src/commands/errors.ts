import type { Command } from 'commander';
import type { ErrorsOptions } from '../verbs/errors.js';
import { callOf, notEmpty, selectorHelp, wholeNumber } from './arguments.js';
import { addFailureFilter } from './job-filter-options.js';
import { examples } from './examples.js';
import type { VerbCommand } from './verb-command.js';

export const errorsCommand: VerbCommand = (program, end) =>
  addFailureFilter(
    program
      .command('errors')
      .argument('<workflow>', selectorHelp, notEmpty)
      .description('why jobs failed, in groups of those that failed alike'),
  )
    .option('--limit <n>', 'at most so many groups', wholeNumber({ min: 1, max: 1_000 }))
    .addHelpText(
      'after',
      examples(
        'sluice errors last',
        'sluice errors last --label calibrate --site USDF',
        'sluice errors last -o json | jq .groups',
      ),
    )
    .action(async (selector: string, options: ErrorsOptions, command: Command) => {
      const { errors } = await import('../verbs/errors.js');
      end(await errors(callOf(command), selector, options));
    });
