import { type Command } from 'commander';
import { orderDryRunHelp } from './arguments.js';

/** Options of every order about a site or a worker. */
export interface NotedOptions {
  note?: string;
  dryRun: boolean;
}

/** Adds what every order about a site or a worker takes. */
export const addOrderOptions = (command: Command): Command =>
  command.option('--note <text>', 'why: kept, and shown to others').option('--dry-run', orderDryRunHelp, false);
