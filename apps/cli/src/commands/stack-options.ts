import type { Command } from 'commander';
import { positiveNumber, transformPlaces, wholeNumber } from './arguments.js';

/** Options that shape a stack which the verb starts. */
export const stackOptions = (command: Command): Command =>
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
