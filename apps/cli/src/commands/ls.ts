import { Option, type Command } from 'commander';
import type { LsOptions } from '../verbs/ls.js';
import { callOf, wholeNumber, workflowStates } from './arguments.js';
import { examples } from './examples.js';
import { sinceMs } from './since.js';
import type { VerbCommand } from './verb-command.js';

export const lsCommand: VerbCommand = (program, end) =>
  program
    .command('ls')
    .argument('[query...]', "which: coadd, 'name:dp2* state:failed,partial -owner:ann'")
    .description('list workflows, newest first')
    .option('--name <name>', 'of this name only')
    .addOption(new Option('--state <state>', 'in this state only').choices(workflowStates))
    .option('--since <when>', 'submitted since then: 90m, 12h, 7d, or 2026-11-22', sinceOption)
    .option('--limit <n>', 'at most so many', wholeNumber({ min: 1, max: 999_999_999 }))
    .addHelpText(
      'after',
      examples('sluice ls --state failed --since 7d', "sluice ls label:coadd '!state:done'", 'sluice ls -o json'),
    )
    .action(async (query: string[], options: LsOptions, command: Command) => {
      const { ls } = await import('../verbs/ls.js');
      end(await ls(callOf(command), { ...options, ...(query.length > 0 && { query: query.join(' ') }) }));
    });

/** As commander calls it, with what was given before. */
const sinceOption = (text: string): number => sinceMs(text);
