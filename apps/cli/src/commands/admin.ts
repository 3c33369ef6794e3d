import { InvalidArgumentError, type Command } from 'commander';
import type { ArchiveListOptions } from '../verbs/archive-list.js';
import type { ArchiveNowOptions } from '../verbs/archive-now.js';
import type { LettersOptions } from '../verbs/dead-letter-order.js';
import type { LetterLsOptions } from '../verbs/dead-letter-read.js';
import type { AuditOptions } from '../verbs/audit.js';
import { callOf, notEmpty, orderDryRunHelp, positiveNumber, selectorHelp, wholeNumber } from './arguments.js';
import { examples } from './examples.js';
import { sinceMs } from './since.js';
import type { VerbCommand } from './verb-command.js';

const idHelp = 'as `sluice admin dead-letters` shows it';

export const adminCommand: VerbCommand = (program, end) => {
  const admin = program
    .command('admin')
    .description('for operators: messages that could not be applied, the archive, who ordered what')
    .addHelpText(
      'after',
      examples(
        'sluice admin dead-letters requeue --all --dry-run',
        'sluice admin archive now w-7f3a --dry-run',
        'sluice admin audit --by ann --since 7d',
      ),
    );
  addDeadLetters(admin, end);
  addArchive(admin, end);
  addAudit(admin, end);
};

function addDeadLetters(admin: Command, end: (code: number) => void): void {
  const list = async (options: LetterLsOptions, command: Command): Promise<void> => {
    const { letterLs } = await import('../verbs/dead-letter-read.js');
    end(await letterLs(callOf(command), options));
  };
  const letters = admin.command('dead-letters').description('messages set aside because they can never be applied');
  addListing(letters.command('list', { isDefault: true }).description('list them, oldest first')).action(list);
  letters
    .command('show')
    .argument('<id>', idHelp, letterId)
    .description('one of them, with what it holds')
    .action(async (id: string, _: object, command: Command) => {
      const { letterShow } = await import('../verbs/dead-letter-read.js');
      end(await letterShow(callOf(command), id));
    });
  for (const verb of ['requeue', 'drop'] as const) {
    letters
      .command(verb)
      .argument('[ids...]', idHelp, letterIds)
      .description(orders[verb])
      .option('--all', 'every one that is there now', false)
      .option('--dry-run', orderDryRunHelp, false)
      .action(async (ids: string[] | undefined, options: LettersOptions, command: Command) => {
        const { letterOrder } = await import('../verbs/dead-letter-order.js');
        end(await letterOrder(callOf(command), { verb, ids: ids ?? [], options }));
      });
  }
}

function addArchive(admin: Command, end: (code: number) => void): void {
  const archive = admin.command('archive').description('ended workflows whose jobs go into files, and those that went');
  addListing(archive.command('list', { isDefault: true }).description('list ended workflows, oldest first'))
    .option('--archived', 'those that are archived, in place of those that are not', false)
    .action(async (options: ArchiveListOptions, command: Command) => {
      const { archiveList } = await import('../verbs/archive-list.js');
      end(await archiveList(callOf(command), options));
    });
  archive
    .command('now')
    .argument('<workflow>', selectorHelp)
    .description('archive one now, whatever its age: its jobs go, its counts and errors stay')
    .option('--timeout <sec>', 'wait so long for it, then exit with 6', positiveNumber, 60)
    .option('--dry-run', orderDryRunHelp, false)
    .action(async (selector: string, options: ArchiveNowOptions, command: Command) => {
      const { archiveNow } = await import('../verbs/archive-now.js');
      end(await archiveNow(callOf(command), selector, options));
    });
}

function addAudit(admin: Command, end: (code: number) => void): void {
  const since = (text: string): string => new Date(sinceMs(text)).toISOString();
  addListing(admin.command('audit').description('who ordered what, newest first'))
    .option('--by <subject>', 'ordered by this user', notEmpty)
    .option('--action <action>', 'such as workflow.cancel', notEmpty)
    .option('--since <when>', 'from then on: 90m, 12h, 7d, or a moment in UTC', since)
    .action(async (options: AuditOptions, command: Command) => {
      const { audit } = await import('../verbs/audit.js');
      end(await audit(callOf(command), options));
    });
}

const orders = {
  requeue: 'put them back: each is applied once, or lands here again with its new reason',
  drop: 'forget them for good',
} as const;

const addListing = (command: Command): Command =>
  command.option('--limit <n>', 'at most so many', wholeNumber({ min: 1, max: 999_999_999 }));

function letterId(text: string): string {
  if (/^\d{1,18}$/.test(text)) return text;
  throw new InvalidArgumentError('Give the number of a letter.');
}

const letterIds = (text: string, before: string[] = []): string[] => [...before, letterId(text)];
