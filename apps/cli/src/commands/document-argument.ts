import { InvalidArgumentError, type Command } from 'commander';
import type { DocumentSource } from '../sources/document-source.js';
import { fileHelp, notEmpty, wholeNumber } from './arguments.js';

export interface DocumentOptions {
  demo?: number;
  seconds?: number;
  simulate?: number;
}

const demoJobs = { min: 7, max: 5_000_000 };
const secondsUsual = 0.2;
const speedMax = 1e12;

/** The document that a verb takes: a file, or a demo that is made on the spot. */
export const documentArgument = (command: Command): Command =>
  command
    .argument('[file]', fileHelp, notEmpty)
    .option('--demo <n>', 'instead of a file: a pipeline of seven labels with n jobs that sleep', wholeNumber(demoJobs))
    .option('--seconds <s>', `mean length of a job of the demo; 0 does nothing (default: ${secondsUsual})`, seconds)
    .option(
      '--simulate <speed>',
      'instead of running it each job sleeps: its observed time / speed; 0: no sleep',
      speed,
    );

/** @throws CommanderError when there is neither a file nor a demo, or both */
export async function documentSource(
  command: Command,
  file: string | undefined,
  options: DocumentOptions,
): Promise<DocumentSource> {
  const source = await writtenSource(command, file, options);
  if (options.simulate === undefined) return source;
  if (options.demo !== undefined) command.error('error: --simulate goes with a file; a demo sleeps for --seconds');
  const { simulatedSource } = await import('../sources/simulated-source.js');
  return simulatedSource(source, { speed: options.simulate });
}

async function writtenSource(
  command: Command,
  file: string | undefined,
  { demo, seconds: mean }: DocumentOptions,
): Promise<DocumentSource> {
  if (file !== undefined && demo !== undefined) command.error('error: give a file or --demo, not both');
  if (demo === undefined && mean !== undefined) command.error('error: --seconds goes with --demo');
  if (demo !== undefined) {
    const { demoSource } = await import('../sources/demo-source.js');
    return demoSource({ jobs: demo, seconds: mean ?? secondsUsual });
  }
  if (file === undefined) return command.error("error: missing required argument 'file' (or --demo N)");
  const { fileSource } = await import('../sources/document-source.js');
  return fileSource(file);
}

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 86_400) return value;
  throw new InvalidArgumentError('Give seconds from 0 to 86400.');
}

function speed(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= speedMax) return value;
  throw new InvalidArgumentError('Give how many times faster than observed, such as 1000; 0 does not sleep.');
}
