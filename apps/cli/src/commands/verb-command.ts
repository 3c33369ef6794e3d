import type { Command } from 'commander';

/** Adds one verb to the command line. What the verb needs is imported only when it is called: help must come at once. */
export type VerbCommand = (program: Command, end: (code: number) => void) => void;
