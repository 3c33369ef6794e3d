import { existsSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { FailReason, JobState, WorkflowState } from '#contracts';
import { formats, type Call, type Globals } from './globals.js';
import { openTerminal } from './terminal/terminal.js';
import type { JobsOptions } from './verbs/jobs.js';
import type { LsOptions } from './verbs/ls.js';
import type { RunOptions } from './verbs/run.js';
import type { UpOptions } from './verbs/up.js';

const jobStates: readonly JobState[] = ['waiting', 'ready', 'leased', 'finished', 'failed'];
const workflowStates: readonly WorkflowState[] = ['running', 'paused', 'done', 'partial', 'failed', 'cancelled'];
const failReasons: readonly FailReason[] = [
  ...(['error', 'timeout', 'memory', 'cancelled', 'parent_failed', 'lost', 'evicted', 'site', 'rejected'] as const),
];

const fileHelp = 'a document: its path, or - for stdin';
const selectorHelp = 'a workflow: id, prefix of an id, last, last~N, or name';

/**
 * The command line. Each verb is loaded only when it is called.
 * @param end is told the exit code of the verb that ran
 */
export function buildProgram(version: string, end: (code: number) => void): Command {
  const program = new Command('sluice')
    .description('Runs workflows: DAGs of one to a million jobs and more.')
    .version(version, '-V, --version')
    .addOption(new Option('-o, --output <format>', 'what to print').choices(formats).default('table'))
    .option('--state-dir <folder>', "where this machine's stack keeps everything (SLUICE_STATE_DIR)")
    .option('--url <url>', "a server elsewhere instead of this machine's stack (SLUICE_URL)")
    .option('--token-file <file>', 'its token (SLUICE_TOKEN_FILE)')
    .option('--no-color', 'no colour (NO_COLOR)')
    .configureHelp({ showGlobalOptions: true, helpWidth: 80 })
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error:/, 'sluice:')) })
    .showHelpAfterError('  `sluice --help` lists the verbs, `sluice VERB --help` the options of one')
    .exitOverride();

  addStackVerbs(program, end);
  addWorkflowVerbs(program, end);
  return program;
}

function addStackVerbs(program: Command, end: (code: number) => void): void {
  stackOptions(program.command('run').description('submit a document, follow it to its end, report'))
    .argument('<file>', fileHelp, notEmpty)
    .option('--wait', 'go on although no worker here can run what is left', false)
    .option('--keep', 'the stack stays up when the workflow has ended', false)
    .action(async (file: string, options: RunOptions, command: Command) => {
      const { run } = await import('./verbs/run.js');
      end(await run(callOf(command), file, options));
    });
  stackOptions(program.command('up').description("start this machine's stack, to stay until `down`"))
    .option('--port <n>', 'port of the gateway on 127.0.0.1; 0 picks a free one', wholeNumber({ min: 0, max: 65_535 }))
    .action(async (options: UpOptions, command: Command) => {
      const { up } = await import('./verbs/up.js');
      end(await up(callOf(command), options));
    });
  program
    .command('down')
    .description("stop this machine's stack; workflows go on with the next start")
    .action(async (_, command: Command) => {
      const { down } = await import('./verbs/down.js');
      end(await down(callOf(command)));
    });
  program
    .command('worker [args...]')
    .description('run one worker in the foreground; its own options follow')
    .allowUnknownOption()
    .helpOption(false)
    .action(async (args: string[], _, command: Command) => {
      const { worker } = await import('./verbs/worker.js');
      end(await worker(callOf(command), args));
    });
}

function addWorkflowVerbs(program: Command, end: (code: number) => void): void {
  program
    .command('submit')
    .argument('<file>', fileHelp, notEmpty)
    .description('submit a document to a server that is up')
    .action(async (file: string, _, command: Command) => {
      const { submit } = await import('./verbs/submit.js');
      end(await submit(callOf(command), file));
    });
  program
    .command('ls')
    .description('list workflows, newest first')
    .option('--name <name>', 'of this name only')
    .addOption(new Option('--state <state>', 'in this state only').choices(workflowStates))
    .option('--limit <n>', 'at most so many', wholeNumber({ min: 1, max: 999_999_999 }))
    .action(async (options: LsOptions, command: Command) => {
      const { ls } = await import('./verbs/ls.js');
      end(await ls(callOf(command), options));
    });
  for (const { verb, description, samples } of [
    { verb: 'show', description: 'where a workflow stands', samples: false },
    { verb: 'report', description: 'where a workflow stands, and why jobs failed', samples: true },
  ]) {
    program
      .command(verb)
      .argument('<workflow>', selectorHelp, notEmpty)
      .description(description)
      .action(async (selector: string, _, command: Command) => {
        const { show } = await import('./verbs/show.js');
        end(await show(callOf(command), selector, { samples }));
      });
  }
  program
    .command('watch')
    .argument('<workflow>', selectorHelp, notEmpty)
    .description('follow a workflow to its end; exits with what it came to')
    .action(async (selector: string, _, command: Command) => {
      const { watch } = await import('./verbs/watch.js');
      end(await watch(callOf(command), selector, { silent: false }));
    });
  program
    .command('wait')
    .argument('<workflow>', selectorHelp, notEmpty)
    .description('wait for the end of a workflow; exits with what it came to')
    .option('--timeout <sec>', 'give up after so long, with exit 6', positiveNumber)
    .action(async (selector: string, options: { timeout?: number }, command: Command) => {
      const { watch } = await import('./verbs/watch.js');
      end(await watch(callOf(command), selector, { silent: true, timeoutSec: options.timeout }));
    });
  program
    .command('jobs')
    .argument('<workflow>', selectorHelp, notEmpty)
    .description("list a workflow's jobs")
    .option('--label <label>', 'of this label only')
    .addOption(new Option('--state <state>', 'in this state only').choices(jobStates))
    .addOption(new Option('--reason <reason>', 'failed for this reason only').choices(failReasons))
    .option('--limit <n>', 'at most so many', wholeNumber({ min: 1, max: 999_999_999 }))
    .action(async (selector: string, options: JobsOptions, command: Command) => {
      const { jobs } = await import('./verbs/jobs.js');
      end(await jobs(callOf(command), selector, options));
    });
  program
    .command('cancel')
    .argument('<workflow>', selectorHelp, notEmpty)
    .description('end a workflow: what runs is told to stop')
    .action(async (selector: string, _, command: Command) => {
      const { cancel } = await import('./verbs/cancel.js');
      end(await cancel(callOf(command), selector));
    });
  program
    .command('why')
    .argument('<workflow>', selectorHelp, notEmpty)
    .argument('[job]', 'its number, its name, or label/name', notEmpty)
    .description('why a job does not run, or how it ended')
    .action(async (selector: string, job: string | undefined, _, command: Command) => {
      const { why } = await import('./verbs/why.js');
      end(await why(callOf(command), selector, job));
    });
}

const stackOptions = (command: Command): Command =>
  command
    .option('--processes', 'one process for each service instead of all in one', false)
    .option('--workers <n>', 'worker processes on this machine', wholeNumber({ min: 0, max: 256 }))
    .option('--cores <n>', 'cores that each worker offers', positiveNumber)
    .option(
      '--transforms <place>',
      'folder or package with transforms, for the workers; may be repeated',
      transformPlaces,
      [],
    );

function callOf(command: Command): Call {
  const { color, ...globals } = command.optsWithGlobals<Globals & { color: boolean }>();
  return { globals, terminal: openTerminal({ colour: color }) };
}

const wholeNumber =
  ({ min, max }: { min: number; max: number }) =>
  (text: string): number => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Give a whole number from ${min} to ${max}.`);
  };

/** An empty argument, as an unset variable of a script makes it, names nothing. */
function notEmpty(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It is empty.');
  return text;
}

function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1e9)) throw new InvalidArgumentError('Give a number above 0.');
  return value;
}

/** What looks like a path must be there now: the workers would find out only when the whole stack has started. */
function transformPlaces(text: string, before: string[]): string[] {
  const isPath = text.startsWith('.') || text.startsWith('/');
  if (isPath && !existsSync(text)) throw new InvalidArgumentError('There is no such folder.');
  return [...before, text];
}
