import { InvalidArgumentError, type Command } from 'commander';
import type { ShareSetOptions } from '../verbs/share-change.js';
import type { ReportUseOptions } from '../verbs/share-report-use.js';
import { callOf, notEmpty, orderDryRunHelp, positiveNumber, repeated } from './arguments.js';
import type { DryRunOption } from './dry-run.js';
import { examples } from './examples.js';
import type { VerbCommand } from './verb-command.js';

const pathHelp = 'a share: names from the top, such as rubin/dm or rubin/dm/alice';

export const shareCommand: VerbCommand = (program, end) => {
  const share = program
    .command('share')
    .description('shares: who is promised what part, who got it')
    .addHelpText(
      'after',
      examples(
        'sluice share ls',
        'sluice share set rubin/dm --weight 3 --dry-run',
        'sluice share allocate rubin/dm/alice --core-hours 10000 --days 30',
      ),
    );
  addReading(share, end);
  addChanging(share, end);
  addReporting(share, end);
};

function addReading(share: Command, end: (code: number) => void): void {
  share
    .command('ls')
    .argument('[path]', `${pathHelp}; only it and what is below it`, notEmpty)
    .description('list the tree with targets, use and what runs')
    .action(async (path: string | undefined, _: object, command: Command) => {
      const { shareLs } = await import('../verbs/share-read.js');
      end(await shareLs(callOf(command), path));
    });
  share
    .command('show')
    .argument('<path>', pathHelp, notEmpty)
    .description('all of one share')
    .action(async (path: string, _: object, command: Command) => {
      const { shareShow } = await import('../verbs/share-read.js');
      end(await shareShow(callOf(command), path));
    });
}

function addChanging(share: Command, end: (code: number) => void): void {
  share
    .command('set')
    .argument('<path>', pathHelp, notEmpty)
    .description('make a share, or change its weight and spaces')
    .option('--weight <n>', 'against its siblings: twice the weight, twice the part', positiveNumber)
    .option('--space <name>', 'users of this space get their leaves here; may be repeated', repeated)
    .option('--dry-run', orderDryRunHelp, false)
    .action(async (path: string, options: ShareSetOptions, command: Command) => {
      const { shareSet } = await import('../verbs/share-change.js');
      end(await shareSet(callOf(command), path, options));
    });
  share
    .command('allocate')
    .argument('<path>', pathHelp, notEmpty)
    .description('give a share a budget of core hours')
    .requiredOption('--core-hours <n>', 'for it and all below it; none takes the budget away', coreHoursOrNone)
    .option('--days <n>', 'for so many days, and then anew; without it once', positiveNumber)
    .option('--soft', 'once it is used up: what nobody else wants, in place of nothing', false)
    .option('--dry-run', orderDryRunHelp, false)
    .action(async (path: string, options: AllocateOptions, command: Command) => {
      const { shareAllocate } = await import('../verbs/share-change.js');
      end(await shareAllocate(callOf(command), path, options));
    });
  share
    .command('rm')
    .argument('<path>', pathHelp, notEmpty)
    .description('remove a share that nothing is below and no workflow is of')
    .option('--dry-run', orderDryRunHelp, false)
    .action(async (path: string, options: DryRunOption, command: Command) => {
      const { shareRm } = await import('../verbs/share-change.js');
      end(await shareRm(callOf(command), path, options));
    });
  share
    .command('apply')
    .argument('<file>', 'a shares file, YAML or JSON: see docs/shares.md', notEmpty)
    .description('apply a shares file: all of it or nothing')
    .option('--dry-run', orderDryRunHelp, false)
    .action(async (file: string, options: DryRunOption, command: Command) => {
      const { shareApply } = await import('../verbs/share-change.js');
      end(await shareApply(callOf(command), file, options));
    });
}

function addReporting(share: Command, end: (code: number) => void): void {
  share
    .command('report-use')
    .argument('<site>', 'where it was used', notEmpty)
    .argument('[file]', 'lines of PATH,CORE-HOURS; without it --share and --core-hours', notEmpty)
    .description('count use outside Sluice, so that it counts for shares')
    .option('--share <path>', pathHelp, notEmpty)
    .option('--core-hours <n>', 'how much of it', positiveNumber)
    .option('--report <name>', 'its name: the same one is counted once', notEmpty)
    .option('--dry-run', orderDryRunHelp, false)
    .action(async (site: string, file: string | undefined, options: ReportUseOptions, command: Command) => {
      const { shareReportUse } = await import('../verbs/share-report-use.js');
      end(await shareReportUse(callOf(command), { site, file }, options));
    });
}

/** Options of `share allocate`. */
export interface AllocateOptions extends DryRunOption {
  coreHours: number | null;
  days?: number;
  soft: boolean;
}

function coreHoursOrNone(text: string): number | null {
  if (text === 'none') return null;
  const hours = Number(text);
  if (text.trim() !== '' && hours >= 0 && hours <= 1e12) return hours;
  throw new InvalidArgumentError('Give a number, or none.');
}
