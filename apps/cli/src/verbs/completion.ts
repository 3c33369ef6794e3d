import type { Command } from 'commander';
import type { Shell } from '../commands/completion.js';
import { bashCompletion } from '../completion/bash.js';
import { fishCompletion } from '../completion/fish.js';
import { programWords } from '../completion/verb-words.js';
import { zshCompletion } from '../completion/zsh.js';
import { exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';

const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

/** Prints a shell's completion script: verbs and options of this very build. */
export async function completion({ terminal: { out } }: Call, program: Command, shell: Shell): Promise<ExitCode> {
  await out.line(scripts[shell](programWords(program)).trimEnd());
  await out.flush();
  return exitCodes.ok;
}
