import { Argument, type Command } from 'commander';
import { callOf } from './arguments.js';
import { examples } from './examples.js';
import type { VerbCommand } from './verb-command.js';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

export const completionCommand: VerbCommand = (program, end) =>
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'the shell that you type in').choices(shells))
    .description('print a script that completes words in a shell')
    .addHelpText(
      'after',
      examples(
        'source <(sluice completion bash)',
        'sluice completion fish | source',
        'sluice completion zsh > _sluice',
      ),
    )
    .action(async (shell: Shell, _, command: Command) => {
      const { completion } = await import('../verbs/completion.js');
      end(await completion(callOf(command), program, shell));
    });
