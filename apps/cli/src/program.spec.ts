// Goal: help tells the truth: examples that parse, documents that name every option, and nothing heavy loaded for it.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { CommanderError, type Command } from 'commander';
import { buildProgram } from './program.js';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const verbNames = buildProgram('0', () => undefined).commands.map((verb) => verb.name());

interface Ran {
  verb: string;
  args: readonly unknown[];
}

/** The verbs inside a verb, and those inside them. */
const inside = (verb: Command): Command[] => verb.commands.flatMap((each) => [each, ...inside(each)]);

const isRunnable = (verb: Command): boolean => verb.commands.length === 0 || verb.registeredArguments.length > 0;

/** Reads a command line with the real tree, whose actions only say that they were reached. */
async function parsed(words: readonly string[]): Promise<Ran[]> {
  const ran: Ran[] = [];
  const program = buildProgram('0', () => undefined);
  for (const verb of program.commands) {
    for (const each of [verb, ...inside(verb)].filter(isRunnable)) {
      each.action((...args: unknown[]) => void ran.push({ verb: verb.name(), args }));
    }
  }
  for (const each of [program, ...inside(program)]) {
    each.exitOverride().configureOutput({ writeErr: () => undefined });
  }
  await program.parseAsync(words, { from: 'user' });
  return ran;
}

function helpOf(verb?: string): string {
  const program = buildProgram('0', () => undefined);
  const command = program.commands.find((each) => each.name() === verb) ?? program;
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
}

const examplesOf = (help: string): string[] =>
  [...(help.split('\nExamples:\n')[1] ?? '').matchAll(/^ {2}(.*\S)$/gm)].map(([, line = '']) => line);

/** The words of a simple command line as a shell would cut them, up to a remark, a pipe or another command. */
function wordsOf(line: string): string[] {
  const words = line.replace(/\s+#.*$/, '').matchAll(/'([^']*)'|(&&|[|>])|(?:<\(([^)]*)\))|(\S+)/g);
  const cut: string[] = [];
  for (const [, quoted, end, , plain] of words) {
    if (end !== undefined) break;
    cut.push(quoted ?? plain ?? '');
  }
  return cut;
}

/** Only what runs sluice: `source <(sluice completion bash)` and what stands behind a pipe count too. */
const commandLines = (line: string): string[][] =>
  line
    .replace(/^.*?<\((.*)\)$/, '$1')
    .split(/(?<!')\|(?!')/)
    .map((part) => wordsOf(part.trim()))
    .filter(([program]) => program === 'sluice');

test.each(verbNames)('%s --help ends with two or three examples, and each is taken as it stands', async (verb) => {
  const lines = examplesOf(helpOf(verb));
  expect([2, 3]).toContain(lines.length);
  for (const line of lines) {
    const [first] = commandLines(line);
    expect([line, first?.includes(verb)]).toEqual([line, true]);
    const ran = await parsed((first ?? []).slice(1));
    expect([line, ran.map((each) => each.verb)]).toEqual([line, [verb]]);
  }
});

test.each([undefined, ...verbNames])('the help of %s fits 80 columns', (verb) => {
  const examples = new Set(examplesOf(helpOf(verb)).map((line) => `  ${line}`));
  const lines = helpOf(verb).split('\n');
  expect(lines.filter((line) => line.length > 80 && !examples.has(line))).toEqual([]);
});

test('the verbs inside a verb have help that fits 80 columns', () => {
  const program = buildProgram('0', () => undefined);
  for (const verb of program.commands.flatMap(({ commands }) => commands)) {
    let text = '';
    verb.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(text).toContain('--help');
  }
});

test('running jobs are asked for by that word or as leased', async () => {
  const [ran] = await parsed(['jobs', 'last', '--state', 'running', '--state', 'failed']);
  expect(ran?.args).toContainEqual(expect.objectContaining({ state: ['leased', 'failed'] }));
});

test('the verbs stand in groups by what they are for, each once', () => {
  const help = helpOf();
  for (const heading of ['Run and submit:', 'Watch:', 'Find out:', 'Change:', 'Who runs where:', 'This machine:']) {
    expect(help).toContain(`\n${heading}\n`);
  }
  expect(help).not.toContain('\nCommands:\n');
  for (const verb of verbNames) expect(help.match(new RegExp(`^  ${verb} `, 'gm'))?.length).toBe(1);
});

test.each([
  [['shwo', 'last'], 'show'],
  [['jobs', 'last', '--lable', 'x'], '--label'],
  [['jobs', 'last', '--state', 'raedy'], 'ready'],
])('%j is refused with the nearest that there is', async (words, nearest) => {
  const fault: unknown = await parsed(words).catch((error: unknown) => error);
  expect(fault).toBeInstanceOf(CommanderError);
  expect((fault as CommanderError).message).toContain(nearest);
});

test('what stands behind -- is a program with arguments of its own', async () => {
  const [plain] = await parsed(['exec', '--', 'echo', '--no-color', '-o', 'x']);
  expect(plain?.args[0]).toEqual(['echo', '--no-color', '-o', 'x']);
  const [after] = await parsed(['exec', '--count', '3', '--env', 'A=b=c', '--', 'sh', '-c', '--', '-x']);
  expect(after?.args.slice(0, 2)).toEqual([
    ['sh', '-c', '--', '-x'],
    expect.objectContaining({ count: 3, env: { A: 'b=c' } }),
  ]);
});

test('an option of the program before -- is refused with where it belongs', async () => {
  const program = buildProgram('0', () => undefined);
  const said: string[] = [];
  for (const each of [program, ...program.commands]) each.configureOutput({ writeErr: (text) => void said.push(text) });
  await expect(program.parseAsync(['exec', 'echo', '-n', 'x'], { from: 'user' })).rejects.toThrow("'-n'");
  expect(said.join('')).toContain('sluice exec --cores 2 -- CMD ARGS');
});

const longOptions = (command: Command): string[] => command.options.map(({ long }) => long ?? '').filter(Boolean);

test('docs/cli.md lists every verb, and every option with its verb', () => {
  const rows = readFileSync(`${root}docs/cli.md`, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| '));
  const program = buildProgram('0', () => undefined);
  const missing = program.commands.flatMap((verb) => [
    ...(rows.some((row) => new RegExp(`^\\| \`${verb.name()}[ \`]`).test(row)) ? [] : [verb.name()]),
    ...[verb, ...verb.commands]
      .flatMap(longOptions)
      .filter(
        (option) => !rows.some((row) => row.split(' | ')[0]?.includes(`\`${verb.name()}\``) && row.includes(option)),
      )
      .map((option) => `${verb.name()} ${option}`),
  ]);
  const everywhere = longOptions(program).filter((option) => option !== '--version');
  expect([...missing, ...everywhere.filter((option) => !rows.some((row) => row.includes(option)))]).toEqual([]);
});

/** Files that are loaded before a verb is called: what the built file imports, and so on. */
function loadedWith(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  for (const [, specifier = ''] of text.matchAll(/^(?:import|export) (?:[^'"]*? from )?['"]([^'"]+)['"]/gm)) {
    if (specifier.startsWith('.')) loadedWith(fileURLToPath(new URL(specifier, `file://${file}`)), seen);
    else seen.add(specifier);
  }
  return seen;
}

test('help and usage errors load the command line itself, commander, and nothing else', () => {
  const loaded = [...loadedWith(fileURLToPath(new URL('./run-cli.js', import.meta.url)))];
  expect(loaded.filter((name) => !name.startsWith('/') && !name.startsWith('node:'))).toEqual(['commander']);
  expect(loaded.filter((name) => name.includes('/verbs/'))).toEqual([]);
});
