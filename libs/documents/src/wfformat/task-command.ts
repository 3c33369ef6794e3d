import { isDeepStrictEqual } from 'node:util';
import { nameFault } from '../text-rule.js';
import { isFields, type Fields } from './fields.js';
import type { WfTask } from './wf-instance.js';

/**
 * What a task runs. `parts` of `argv`: the program and its arguments; of `cmdline`: one line for a shell. A recorded
 * program of several words is such a line, as Nextflow's scripts are.
 */
export type TaskCommand = { kind: 'argv' | 'cmdline'; parts: readonly string[] } | { kind: 'none'; parts: readonly [] };

const none: TaskCommand = { kind: 'none', parts: [] };

/** @returns `none` when no program was recorded */
export function commandOf({ execution }: { execution: { fields: Fields } | null }): TaskCommand {
  const command = execution?.fields['command'];
  const program = isFields(command) ? command['program'] : null;
  if (!isFields(command) || typeof program !== 'string' || program.trim() === '') return none;
  const given = (command['arguments'] ?? []) as readonly string[];
  if (!/\s/.test(program)) return { kind: 'argv', parts: [program, ...given] };
  return { kind: 'cmdline', parts: [[program, ...given.map(quoted)].join(' ')] };
}

/** One word for a POSIX shell. */
const quoted = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

/** The `command` of an execution, of what runs. @see commandOf(): of a line with arguments it is not the inverse */
export function writtenCommand({ kind, parts: [program, ...given] }: TaskCommand): Fields | undefined {
  return kind === 'none' || program === undefined ? undefined : { program, arguments: given };
}

/** The recorded command if writtenCommand() would not tell the same of it: it has to be kept as it is. */
export function oddCommand(task: WfTask): unknown {
  const recorded = task.execution?.fields['command'];
  return isDeepStrictEqual(recorded, writtenCommand(commandOf(task))) ? undefined : recorded;
}

/**
 * The name a task is reported under: its program if that is one word, else its name without the number at its end.
 * @see WfCommons: Pegasus numbers tasks `mProject_ID0000001`, Nextflow `FASTQC_2`, WfChef `blastall_00000012`.
 */
export function labelOf(task: WfTask, command: TaskCommand): string {
  const [program] = command.kind === 'argv' ? command.parts : [];
  const stem = task.name.replace(/[_-]?(?:ID)?\d+$/, '').trim();
  return [program, stem, task.name].find((label) => label !== undefined && isName(label)) ?? task.id;
}

const isName = (text: string): boolean => text !== '' && nameFault('the label', text) === null;
