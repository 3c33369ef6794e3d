import type { OptionWords, ProgramWords, VerbWords, Words } from './verb-words.js';

/** A script for bash 3.2 and newer. */
export const bashCompletion = (
  program: ProgramWords,
): string => `# bash completion of sluice, made by \`sluice completion bash\`.
# For this shell: source <(sluice completion bash)   For all: put it where your system keeps completions.
_sluice() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} verb= literal= at
  COMPREPLY=()
  for ((at = 1; at < COMP_CWORD; at++)); do
    case \${COMP_WORDS[at]} in
      --) literal=$at; break ;;
${valueSkips(program)}      -*) ;;
      *) [ -n "$verb" ] || verb=\${COMP_WORDS[at]} ;;
    esac
  done
  if [ -n "$literal" ]; then
    if [ "$verb" = exec ] && [ "$COMP_CWORD" -eq $((literal + 1)) ]; then _sluice_programs; else _sluice_files; fi
    return
  fi
  case $prev in
${valueCases(program.options, '    ')}  esac
  case $verb in
    '')
      _sluice_words '${[...namesOf(program.options), ...program.verbs.map(({ name }) => name)].join(' ')}' ;;
${program.verbs.map((verb) => verbCase(verb, program.options)).join('')}  esac
}

_sluice_words() {
  local IFS=$' \\t\\n'
  COMPREPLY=($(compgen -W "$1" -- "$cur"))
}

_sluice_files() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -f -- "$cur"))
  compopt -o filenames 2>/dev/null || true
}

_sluice_programs() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -c -- "$cur"))
}

complete -F _sluice sluice
`;

const namesOf = (options: readonly OptionWords[]): string[] => options.flatMap(({ names }) => names);

/** Options whose value must not be taken for the verb. */
function valueSkips({ options, verbs }: ProgramWords): string {
  const all = [...options, ...verbs.flatMap((verb) => verb.options)].filter(({ value }) => value !== null);
  return `      ${[...new Set(namesOf(all))].join(' | ')}) at=$((at + 1)) ;;\n`;
}

function valueCases(options: readonly OptionWords[], indent: string): string {
  return options
    .map(({ names, value }) => (value === null ? '' : `${indent}${names.join(' | ')}) ${offer(value)}; return ;;\n`))
    .join('');
}

function verbCase(verb: VerbWords, everywhere: readonly OptionWords[]): string {
  const options = `_sluice_words '${[...namesOf(verb.options), ...namesOf(everywhere)].join(' ')}'`;
  const values = valueCases(verb.options, '        ');
  return `    ${verb.name})
${values === '' ? '' : `      case $prev in\n${values}      esac\n`}      case $cur in
        -*) ${options} ;;
        *) ${verb.argument === null ? ':' : offer(verb.argument)} ;;
      esac
      ;;
`;
}

function offer(words: Words): string {
  if (words.kind === 'choices') return `_sluice_words '${words.choices.join(' ')}'`;
  if (words.kind === 'file') return '_sluice_files';
  return words.kind === 'program' ? '_sluice_programs' : ':';
}
