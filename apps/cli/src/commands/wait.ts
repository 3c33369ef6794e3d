import type { Command } from 'commander';
import { callOf, notEmpty, positiveNumber, selectorHelp } from './arguments.js';
import type { VerbCommand } from './verb-command.js';

export const waitCommand: VerbCommand = (program, end) =>
  program
    .command('wait')
    .argument('<workflow>', selectorHelp, notEmpty)
    .description('wait for the end of a workflow; exits with what it came to')
    .option('--timeout <sec>', 'give up after so long, with exit 6', positiveNumber)
    .action(async (selector: string, options: { timeout?: number }, command: Command) => {
      const { watch } = await import('../verbs/watch.js');
      end(await watch(callOf(command), selector, { silent: true, timeoutSec: options.timeout }));
    });
