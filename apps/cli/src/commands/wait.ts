import type { Command } from 'commander';
import { callOf, notEmpty, positiveNumber, selectorHelp } from './arguments.js';
import { examples } from './examples.js';
import type { VerbCommand } from './verb-command.js';

export const waitCommand: VerbCommand = (program, end) =>
  program
    .command('wait')
    .argument('<workflow>', selectorHelp, notEmpty)
    .description("wait for a workflow's end without a word")
    .option('--timeout <sec>', 'give up after so long, with exit 6', positiveNumber)
    .addHelpText(
      'after',
      examples(
        'sluice wait last && echo all finished',
        'sluice wait w-7f3a --timeout 3600   # exit 6 if it takes longer',
      ),
    )
    .action(async (selector: string, options: { timeout?: number }, command: Command) => {
      const { watch } = await import('../verbs/watch.js');
      end(await watch(callOf(command), selector, { silent: true, timeoutSec: options.timeout }));
    });
