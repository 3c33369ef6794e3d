import { Option, type Command } from 'commander';
import type { WorkerLsOptions } from '../verbs/worker-read.js';
import { callOf, notEmpty, repeated, repeatedChoice, wholeNumber, workerStates } from './arguments.js';
import { examples } from './examples.js';
import { addOrderOptions, type NotedOptions } from './order-options.js';
import type { VerbCommand } from './verb-command.js';

const sessionHelp = 'its session, as `sluice worker ls` shows it';

export const workerCommand: VerbCommand = (program, end) => {
  const worker = program
    .command('worker [args...]')
    .description('run one worker here, or list, drain and stop those that are there')
    .allowUnknownOption()
    .addHelpText(
      'after',
      examples(
        'sluice worker --cores 4   # its own options follow: sluice worker --help',
        'sluice worker --site USDF --walltime-sec 7200 --url https://sluice.example.org',
        'sluice worker ls --site USDF',
      ),
    )
    .action(async (args: string[], _, command: Command) => {
      const { worker: run } = await import('../verbs/worker.js');
      end(await run(callOf(command), args));
    });
  addReading(worker, end);
  for (const verb of ['drain', 'stop'] as const) {
    const order = worker.command(verb).argument('<session>', sessionHelp, notEmpty).description(orders[verb]);
    addOrderOptions(order).action(async (session: string, options: NotedOptions, command: Command) => {
      const { workerOrder } = await import('../verbs/worker-order.js');
      end(await workerOrder(callOf(command), { session, verb, options }));
    });
  }
  return worker.helpOption(false); // after its own verbs, which have one: the program that it runs says what it takes
};

const orders = {
  drain: 'a worker ends once what it runs has ended, or its grace time is over',
  stop: 'a worker ends at once; what it runs runs again elsewhere',
} as const;

function addReading(worker: Command, end: (code: number) => void): void {
  worker
    .command('ls')
    .description('list workers, in the order in which they registered')
    .option('--site <site>', 'at this site only; may be repeated', repeated)
    .addOption(
      new Option('--state <state>', 'in this state; default: those that have not ended')
        .choices(workerStates)
        .argParser(repeatedChoice(workerStates)),
    )
    .option('--limit <n>', 'at most so many', wholeNumber({ min: 1, max: 999_999_999 }))
    .action(async (options: WorkerLsOptions, command: Command) => {
      const { workerLs } = await import('../verbs/worker-read.js');
      end(await workerLs(callOf(command), options));
    });
  worker
    .command('show')
    .argument('<session>', sessionHelp, notEmpty)
    .description('all of one worker')
    .action(async (session: string, _: object, command: Command) => {
      const { workerShow } = await import('../verbs/worker-read.js');
      end(await workerShow(callOf(command), session));
    });
}
