import { InvalidArgumentError, type Command } from 'commander';
import type { LimitKind } from '#contracts';
import type { Cap, LimitSetOptions } from '../verbs/limit.js';
import { callOf, notEmpty, orderDryRunHelp } from './arguments.js';
import { examples } from './examples.js';
import type { VerbCommand } from './verb-command.js';

const nameHelp = 'of templates, or site:NAME, space:NAME, user:NAME';
const capMax = 1_000_000_000;

export const limitCommand: VerbCommand = (program, end) => {
  const limit = program
    .command('limit')
    .description('limits: how much may be with workers at once')
    .addHelpText(
      'after',
      examples('sluice limit ls', 'sluice limit set db_limit --jobs 20', 'sluice limit set site:USDF --cores 5000'),
    );
  limit
    .command('ls')
    .description('list limits, with what is with workers under them')
    .action(async (_: object, command: Command) => {
      const { limitLs } = await import('../verbs/limit.js');
      end(await limitLs(callOf(command)));
    });
  limit
    .command('set')
    .argument('<name>', nameHelp, limitName)
    .description('set a cap, at once: what runs is counted, what is over it ends by itself')
    .option('--jobs <n>', 'at most so many jobs, or none: no cap', cap(wholeCap))
    .option('--cores <n>', 'at most so many cores, or none: no cap', cap(coresCap))
    .option('--dry-run', orderDryRunHelp, false)
    .action(async (name: NamedLimit, options: LimitSetOptions, command: Command) => {
      const { limitSet } = await import('../verbs/limit.js');
      end(await limitSet(callOf(command), name, options));
    });
  limit
    .command('rm')
    .argument('<name>', nameHelp, limitName)
    .description('remove a limit: what it held up may run')
    .option('--dry-run', orderDryRunHelp, false)
    .action(async (name: NamedLimit, options: { dryRun: boolean }, command: Command) => {
      const { limitRemove } = await import('../verbs/limit.js');
      end(await limitRemove(callOf(command), name, options));
    });
};

export interface NamedLimit {
  kind: LimitKind;
  name: string;
}

/** `db_limit`, `site:USDF`; what has another colon in it is a name of templates, as is what begins with `named:`. */
function limitName(text: string): NamedLimit {
  const [, kind = 'named', name = text] = /^(named|site|space|user|workflow):(.*)$/s.exec(text) ?? [];
  return { kind: kind as LimitKind, name: notEmpty(name) };
}

/** A number, or `none`: commander makes an empty text of a null. */
const cap =
  (read: (text: string) => number) =>
  (text: string): Cap => {
    if (text === 'none') return text;
    const value = /^\d+(\.\d+)?$/.test(text) ? read(text) : NaN;
    if (value >= 0 && value <= capMax) return value;
    throw new InvalidArgumentError(
      `Give a number from 0 to ${capMax}${read === coresCap ? ` in steps of ${coresMin}` : ''}, or none.`,
    );
  };

/** Counted in thousandths. */
const coresCap = (text: string): number => (Number(text) > 0 && Number(text) < coresMin ? NaN : Number(text));
const coresMin = 0.001;

const wholeCap = (text: string): number => (/^\d+$/.test(text) ? Number(text) : NaN);
