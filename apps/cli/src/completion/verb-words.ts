import type { Argument, Command, Option } from 'commander';

/** What may stand at one place of a command line. */
export type Words =
  { kind: 'choices'; choices: readonly string[] } | { kind: 'file' } | { kind: 'program' } | { kind: 'anything' };

export interface OptionWords {
  /** `-o` and `--output`, or one of the two. */
  names: string[];
  description: string;
  /** Null: it takes no value. */
  value: Words | null;
}

export interface VerbWords {
  name: string;
  description: string;
  /** Its own options; those of every verb are not among them. */
  options: OptionWords[];
  /** Null: it takes no argument. */
  argument: Words | null;
}

/** All that a shell can offer of a command line, read from the command line itself. */
export interface ProgramWords {
  options: OptionWords[];
  verbs: VerbWords[];
}

/** Names that options and arguments of ours give to what is a path. */
const pathNames = ['file', 'folder', 'place'];
/** Selectors that always mean something; ids and names would have to be asked for. */
const selectors = ['last', 'last~1'];
const help: OptionWords = { names: ['-h', '--help'], description: 'display help for command', value: null };

export function programWords(program: Command): ProgramWords {
  return {
    options: [...program.options.map(optionWords), help],
    verbs: program.commands.map((verb) => ({
      name: verb.name(),
      description: verb.description(),
      options: optionsOf(verb).map(optionWords),
      argument: subverbs(verb) ?? argumentWords(verb.registeredArguments[0]),
    })),
  };
}

/** Its own, and those of the verbs inside it, however deep: each once. */
function optionsOf(verb: Command): Option[] {
  const all = [verb, ...inside(verb)].flatMap(({ options }) => options);
  return all.filter((option, at) => all.findIndex(({ long }) => long === option.long) === at);
}

const inside = (verb: Command): Command[] => verb.commands.flatMap((each) => [each, ...inside(each)]);

/** The verbs inside a verb; null: there are none. */
const subverbs = (verb: Command): Words | null =>
  verb.commands.length === 0 ? null : { kind: 'choices', choices: verb.commands.map((each) => each.name()) };

function optionWords(option: Option): OptionWords {
  const names = [option.short, option.long].filter((name) => name !== undefined && name !== null);
  if (!option.required && !option.optional) return { names, description: option.description, value: null };
  const metavar = /<(.*?)>/.exec(option.flags)?.[1] ?? '';
  return { names, description: option.description, value: wordsOf(metavar, option.argChoices) };
}

const argumentWords = (argument: Argument | undefined): Words | null =>
  argument === undefined ? null : wordsOf(argument.name(), argument.argChoices);

function wordsOf(name: string, choices: readonly string[] | undefined): Words {
  if (choices !== undefined) return { kind: 'choices', choices };
  if (pathNames.includes(name)) return { kind: 'file' };
  if (name === 'command') return { kind: 'program' };
  return name === 'workflow' ? { kind: 'choices', choices: selectors } : { kind: 'anything' };
}
