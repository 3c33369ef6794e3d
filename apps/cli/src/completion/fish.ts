import type { OptionWords, ProgramWords, VerbWords, Words } from './verb-words.js';

/** A script for fish 3. */
export const fishCompletion = (
  program: ProgramWords,
): string => `# fish completion of sluice, made by \`sluice completion fish\`.
# For this shell: sluice completion fish | source   For all: put it into ~/.config/fish/completions/sluice.fish
complete -c sluice -f
${program.options.map((option) => `complete -c sluice${optionFlags(option)}\n`).join('')}${program.verbs.map(verbLines).join('')}`;

function verbLines(verb: VerbWords): string {
  const here = `complete -c sluice -n '__fish_seen_subcommand_from ${verb.name}'`;
  const argument = verb.argument === null ? '' : argumentFlags(verb.argument);
  return [
    `complete -c sluice -n __fish_use_subcommand -a ${verb.name} -d ${quoted(verb.description)}`,
    ...(argument === '' ? [] : [`${here}${argument}`]),
    ...verb.options.map((option) => `${here}${optionFlags(option)}`),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

function optionFlags({ names, description, value }: OptionWords): string {
  const flags = names.map((name) => (name.startsWith('--') ? ` -l ${name.slice(2)}` : ` -s ${name.slice(1)}`));
  return `${flags.join('')}${value === null ? '' : valueFlags(value)} -d ${quoted(description)}`;
}

function valueFlags(words: Words): string {
  if (words.kind === 'choices') return ` -x -a ${quoted(words.choices.join(' '))}`;
  return words.kind === 'file' ? ' -r -F' : ' -x';
}

function argumentFlags(words: Words): string {
  if (words.kind === 'choices') return ` -a ${quoted(words.choices.join(' '))}`;
  if (words.kind === 'file') return ' -F';
  return words.kind === 'program' ? " -a '(__fish_complete_command)'" : '';
}

const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;
