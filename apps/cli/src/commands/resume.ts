import type { Command } from 'commander';
import type { ResumeOptions } from '../verbs/resume.js';
import { callOf, orderDryRunHelp, notEmpty, selectorHelp } from './arguments.js';
import { examples } from './examples.js';
import { addOpenJobFilter } from './job-filter-options.js';
import type { VerbCommand } from './verb-command.js';

export const resumeCommand: VerbCommand = (program, end) =>
  addOpenJobFilter(
    program
      .command('resume')
      .argument('<workflow>', selectorHelp, notEmpty)
      .description('take back the pause of a workflow, of labels, or of the paused jobs that meet every condition'),
  )
    .option('--all', 'every pause of the workflow, of its labels and of its jobs', false)
    .option('--dry-run', orderDryRunHelp, false)
    .addHelpText(
      'after',
      examples('sluice resume last', 'sluice resume w-7f3a --all --dry-run', 'sluice resume last --group e1'),
    )
    .action(async (selector: string, options: ResumeOptions, command: Command) => {
      const { resume } = await import('../verbs/resume.js');
      end(await resume(callOf(command), selector, options));
    });
