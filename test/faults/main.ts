import { parseArgs } from 'node:util';
import { closingLines, pointsHit, Runner, type RowResult } from './runner.js';
import { rows } from './rows/index.js';
import { LeftOut, type FaultRow } from './fault-row.js';

const usage = `npm run test:faults -- [--all] [--rows A9,C1] [--seeds N] [--seed N]

Without --all and --rows the short set of CI. --seeds runs each row with N seeds; --seed is the first.

${rows.map(({ id, title, inCi }) => `  ${id.padEnd(5)}${inCi ? 'ci ' : '   '} ${title}`).join('\n')}
`;

interface Command {
  help: boolean;
  chosen: readonly FaultRow[];
  seeds: readonly number[];
}

/** The command line is wrong; the message says how. */
class UsageError extends Error {}

function readCommand(args: string[]): Command {
  const { values } = parseArgs({
    args,
    options: {
      all: { type: 'boolean', default: false },
      rows: { type: 'string' },
      seeds: { type: 'string', default: '1' },
      seed: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const first = values.seed === undefined ? Date.now() % 1_000_000 : wholeNumber('seed', values.seed);
  const seeds = Array.from({ length: wholeNumber('seeds', values.seeds) }, (_, no) => first + no);
  return { help: values.help, chosen: chooseRows(values), seeds };
}

function chooseRows({ all, rows: ids }: { all: boolean; rows?: string }): readonly FaultRow[] {
  if (ids === undefined) return all ? rows : rows.filter(({ inCi }) => inCi);
  return ids.split(',').map((id) => {
    const row = rows.find((each) => each.id === id);
    if (!row) throw new UsageError(`there is no row ${id}`);
    return row;
  });
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new UsageError(`--${name} must be a whole number from 1, not ${text}`);
  return value;
}

const say = (line: string): boolean => process.stdout.write(`${line}\n`);

async function main({ help, chosen, seeds }: Command): Promise<boolean> {
  if (help) return say(usage);
  const runner = new Runner(say);
  const results: RowResult[] = [];
  try {
    for (const seed of seeds) for (const row of chosen) results.push(await runner.run(row, seed));
  } finally {
    await runner.stop();
  }
  if (chosen.length === rows.length) say(pointsHit(results));
  say(closingLines(results));
  return results.every(({ fault }) => fault === null || fault instanceof LeftOut);
}

try {
  process.exitCode = (await main(readCommand(process.argv.slice(2)))) ? 0 : 1;
} catch (fault) {
  process.stderr.write(`${fault instanceof Error ? fault.message : String(fault)}\n\n${usage}`);
  process.exitCode = 2;
}
