import type { Command } from 'commander';
import type { RetryOptions } from '../verbs/retry.js';
import {
  callOf,
  orderDryRunHelp,
  failReasons,
  notEmpty,
  repeated,
  repeatedChoice,
  repeatedNumber,
  selectorHelp,
} from './arguments.js';
import { examples } from './examples.js';
import { queryHelp, repeatedGroup } from './job-filter-options.js';
import { memoryArgument } from './memory-argument.js';
import type { VerbCommand } from './verb-command.js';

/** A pruned job is not chosen: it runs again when the one runs that it was pruned because of. */
const reasons = failReasons.filter((reason) => reason !== 'parent_failed');

export const retryCommand: VerbCommand = (program, end) =>
  program
    .command('retry')
    .argument('<workflow>', selectorHelp, notEmpty)
    .description('run failed jobs of an ended workflow again: all, or those that meet every condition')
    .option('--label <label>', 'of this label; may be repeated', repeated)
    .option('--reason <reason>', 'failed for this reason; may be repeated', repeatedChoice(reasons))
    .option('--exit <code>', 'ended with this exit code; may be repeated', repeatedNumber({ min: 0, max: 255 }))
    .option('--site <site>', 'ran last at this site; may be repeated', repeated)
    .option('--group <group>', 'of this error group: e1, or a fingerprint; may be repeated', repeatedGroup)
    .option('--job <job>', 'this one: ordinal, name or label/name; may be repeated', repeated)
    .option('--query <query>', queryHelp)
    .option(
      '--memory <size>',
      'allow them so much from here on: x2 (times as much as now), 8GiB, 512MiB',
      memoryArgument,
    )
    .option('--dry-run', orderDryRunHelp, false)
    .addHelpText(
      'after',
      examples(
        'sluice retry last   # all that failed, and what was pruned because of it',
        'sluice retry last --group e1 --memory x2 --dry-run',
        "sluice retry last --query 'exit:137 -site:USDF'",
      ),
    )
    .action(async (selector: string, options: RetryOptions, command: Command) => {
      const { retry } = await import('../verbs/retry.js');
      end(await retry(callOf(command), selector, options));
    });
