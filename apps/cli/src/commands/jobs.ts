import { Option, type Command } from 'commander';
import type { JobsOptions } from '../verbs/jobs.js';
import { callOf, failReasons, jobStates, notEmpty, selectorHelp, wholeNumber } from './arguments.js';
import { examples } from './examples.js';
import type { VerbCommand } from './verb-command.js';

export const jobsCommand: VerbCommand = (program, end) =>
  program
    .command('jobs')
    .argument('<workflow>', selectorHelp, notEmpty)
    .description("list a workflow's jobs")
    .option('--label <label>', 'of this label only')
    .addOption(new Option('--state <state>', 'in this state only').choices(jobStates))
    .addOption(new Option('--reason <reason>', 'failed for this reason only').choices(failReasons))
    .option('--limit <n>', 'at most so many', wholeNumber({ min: 1, max: 999_999_999 }))
    .addHelpText(
      'after',
      examples(
        'sluice jobs last --state failed',
        "sluice jobs 'dp2-*' --label calibrate --limit 100",
        'sluice jobs last -o ndjson | wc -l   # all of them, one object a line',
      ),
    )
    .action(async (selector: string, options: JobsOptions, command: Command) => {
      const { jobs } = await import('../verbs/jobs.js');
      end(await jobs(callOf(command), selector, options));
    });
