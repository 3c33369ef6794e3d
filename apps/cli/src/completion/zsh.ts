import type { OptionWords, ProgramWords, VerbWords, Words } from './verb-words.js';

/** A script for zsh 5: a function of compinit. */
export const zshCompletion = (program: ProgramWords): string => `#compdef sluice
# zsh completion of sluice, made by \`sluice completion zsh\`.
# For this shell: source <(sluice completion zsh)   For all: put it as _sluice into a folder of your fpath.
_sluice() {
  local curcontext=$curcontext state line
  typeset -A opt_args
  local -a everywhere verbs
  everywhere=(
${lines(program.options.map(optionSpec), '    ')}  )
  verbs=(
${lines(
  program.verbs.map(({ name, description }) => quoted(`${name}:${description}`)),
  '    ',
)}  )
  _arguments -C $everywhere '1:verb:->verb' '*::argument:->rest'
  case $state in
    verb) _describe -t verbs verb verbs ;;
    rest)
      case $words[1] in
${program.verbs.map(verbCase).join('')}      esac
      ;;
  esac
}

if [[ $funcstack[1] == _sluice ]]; then
  _sluice "$@"
else
  compdef _sluice sluice
fi
`;

const verbCase = (verb: VerbWords): string => `        ${verb.name})
          _arguments $everywhere \\
${lines([...verb.options.map(optionSpec), argumentSpec(verb.argument)], '            ', ' \\')}            && return
          ;;
`;

function optionSpec({ names, description, value }: OptionWords): string {
  const [short, long] = names;
  const told = `[${description.replace(/[[\]:\\]/g, '\\$&')}]${value === null ? '' : `:value:${action(value)}`}`;
  if (long === undefined) return quoted(`*${short ?? ''}${told}`);
  return `'(${short} ${long})'{${short},${long}}${quoted(told)}`;
}

const argumentSpec = (argument: Words | null): string =>
  argument === null ? "'*: :'" : quoted(`*:argument:${action(argument)}`);

function action(words: Words): string {
  if (words.kind === 'choices') return `(${words.choices.join(' ')})`;
  if (words.kind === 'file') return '_files';
  return words.kind === 'program' ? '_command_names -e' : ' ';
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const lines = (texts: readonly string[], indent: string, end = ''): string =>
  texts.map((text) => `${indent}${text}${end}\n`).join('');
