import { InvalidArgumentError, type Command } from 'commander';
import { usualStack } from '../stack-settings.js';
import type { ExecOptions } from '../verbs/exec.js';
import { callOf, dryRunHelp, notEmpty, positiveNumber, wholeNumber } from './arguments.js';
import { dryRun, type DryRunOption } from './dry-run.js';
import { examples } from './examples.js';
import type { VerbCommand } from './verb-command.js';

export const execCommand: VerbCommand = (program, end) =>
  program
    .command('exec')
    .description('run one command as a workflow; give it after --')
    .showHelpAfterError('  what belongs to the program stands after --: sluice exec --cores 2 -- CMD ARGS')
    .argument('<command...>', 'a program and its arguments', words)
    .option('--name <name>', "the workflow's and the job's name (default: the program's)", notEmpty)
    .option('--label <label>', "the job's label (default: its name)", notEmpty)
    .option('--count <n>', 'so many jobs; {ordinal} counts them from 0', wholeNumber({ min: 1, max: 5_000_000 }))
    .option('--cores <n>', 'cores that each job needs', positiveNumber)
    .option('--memory <mib>', 'memory that each job needs', wholeNumber({ min: 1, max: 999_999_999 }))
    .option('--walltime <sec>', 'stop a try after so long', wholeNumber({ min: 1, max: 31_536_000 }))
    .option('--retries <n>', 'more tries after a failure', wholeNumber({ min: 0, max: 1_000 }))
    .option('--env <name=value>', 'an environment variable; may be repeated', variables, {})
    .option('--wait', 'go on although no worker here can run what is left', false)
    .option('--keep', 'the stack stays up when the workflow has ended', false)
    .option('--no-follow', 'return once it is submitted')
    .option('--dry-run', dryRunHelp, false)
    .addHelpText(
      'after',
      examples(
        'sluice exec -- hostname',
        "sluice exec --name calib --memory 4096 --retries 2 -- sh -c 'make calib && ls -l'",
        "sluice exec --count 100 -- python3 simulate.py --seed '{ordinal}'",
      ),
    )
    .action(async (argv: string[], options: ExecOptions & DryRunOption, command: Command) => {
      const { exec, sourceOf } = await import('../verbs/exec.js');
      if (options.dryRun) return end(await dryRun(command, { source: sourceOf(argv, options), start: usualStack }));
      end(await exec(callOf(command), argv, options));
    });

/** The program must have a name; its arguments may be empty. */
function words(word: string, before: string[] | undefined): string[] {
  if (before === undefined && word.trim() === '') throw new InvalidArgumentError('It is empty.');
  return [...(before ?? []), word];
}

function variables(text: string, before: Record<string, string>): Record<string, string> {
  const equals = text.indexOf('=');
  if (equals < 1) throw new InvalidArgumentError('Write NAME=value.');
  return { ...before, [text.slice(0, equals)]: text.slice(equals + 1) };
}
