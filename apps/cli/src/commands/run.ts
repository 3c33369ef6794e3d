import type { Command } from 'commander';
import type { RunOptions } from '../verbs/run.js';
import { callOf, dryRunHelp, notEmpty } from './arguments.js';
import { documentArgument, documentSource, type DocumentOptions } from './document-argument.js';
import { dryRun, type DryRunOption } from './dry-run.js';
import { examples } from './examples.js';
import { stackOptions } from './stack-options.js';
import type { VerbCommand } from './verb-command.js';

export const runCommand: VerbCommand = (program, end) =>
  stackOptions(documentArgument(program.command('run').description('submit a document, follow it to its end, report')))
    .option('--resume <key>', 'go on with an upload that broke off; it told its KEY', notEmpty)
    .option('--wait', 'go on although no worker here can run what is left', false)
    .option('--keep', 'the stack stays up when the workflow has ended', false)
    .option('--dry-run', dryRunHelp, false)
    .addHelpText(
      'after',
      examples(
        'sluice run examples/hello.yaml',
        'sluice run --demo 1000 --seconds 0.1 --keep',
        'gunzip -c night.ndjson.gz | sluice run - -o json   # the outcome as one object',
      ),
    )
    .action(
      async (
        file: string | undefined,
        options: Omit<RunOptions, 'resumes'> & DocumentOptions & DryRunOption,
        command: Command,
      ) => {
        const source = await documentSource(command, file, options);
        if (options.dryRun) return end(await dryRun(command, { source, start: options }));
        const { run } = await import('../verbs/run.js');
        end(await run(callOf(command), source, { ...options, resumes: true }));
      },
    );
