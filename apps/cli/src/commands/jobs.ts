import type { Command } from 'commander';
import type { JobsOptions } from '../verbs/jobs.js';
import { callOf, notEmpty, selectorHelp, wholeNumber } from './arguments.js';
import { examples } from './examples.js';
import { addJobFilter } from './job-filter-options.js';
import type { VerbCommand } from './verb-command.js';

export const jobsCommand: VerbCommand = (program, end) =>
  addJobFilter(
    program.command('jobs').argument('<workflow>', selectorHelp, notEmpty).description("list a workflow's jobs"),
  )
    .option('--limit <n>', 'at most so many', wholeNumber({ min: 1, max: 999_999_999 }))
    .addHelpText(
      'after',
      examples(
        'sluice jobs last --group e1 --site USDF',
        "sluice jobs last --query 'label:isr,calibrate -exit:0,1'",
        'sluice jobs last -o ndjson | wc -l   # all of them, one object a line',
      ),
    )
    .action(async (selector: string, options: JobsOptions, command: Command) => {
      const { jobs } = await import('../verbs/jobs.js');
      end(await jobs(callOf(command), selector, options));
    });
