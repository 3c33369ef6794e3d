import { InvalidArgumentError, Option, type Command } from 'commander';
import type { SpaceRole } from '#contracts';
import type { GrantOptions, SpaceSetOptions } from '../verbs/space-change.js';
import { callOf, notEmpty, orderDryRunHelp } from './arguments.js';
import { examples } from './examples.js';
import type { VerbCommand } from './verb-command.js';

const everyHelp = "a space, or '*': every one";

export const spaceCommand: VerbCommand = (program, end) => {
  const space = program
    .command('space')
    .description('spaces: who may do what where, and how much')
    .addHelpText(
      'after',
      examples(
        'sluice space ls',
        'sluice space set rubin --queued-jobs 2000000',
        'sluice space grant rubin operator --group /rubin/ops --issuer https://iam.example.org/',
      ),
    );
  space
    .command('ls')
    .description('list the spaces that you have a role in')
    .action(async (_: object, command: Command) => {
      const { spaceLs } = await import('../verbs/space-read.js');
      end(await spaceLs(callOf(command)));
    });
  space
    .command('show')
    .argument('<space>', everyHelp, notEmpty)
    .description('show a space, and to its administrators who has which role')
    .action(async (name: string, _: object, command: Command) => {
      const { spaceShow } = await import('../verbs/space-read.js');
      end(await spaceShow(callOf(command), name));
    });
  space
    .command('set')
    .argument('<space>', 'its name', notEmpty)
    .description('make a space or change it; what is not given stays')
    .option('--output-prefix <path>', 'its jobs write their outputs below this, or none', text)
    .option('--queued-jobs <n>', 'at most so many jobs that have not ended, or none: no bound', bound)
    .option('--running-cores <n>', 'at most so many cores with workers, or none', bound)
    .option('--file-bytes <n>', 'at most so many bytes of files, or none', bound)
    .option('--log-bytes <n>', 'at most so many bytes of logs, or none', bound)
    .option('--dry-run', orderDryRunHelp, false)
    .action(async (name: string, options: SpaceSetOptions, command: Command) => {
      const { spaceSet } = await import('../verbs/space-change.js');
      end(await spaceSet(callOf(command), name, options));
    });
  holderOptions(
    space
      .command('grant')
      .argument('<space>', everyHelp, notEmpty)
      .argument('<role>', roles.join(', '), roleOf)
      .description('give a role in a space, in place of the one that was held there'),
  ).action(async (name: string, role: SpaceRole, options: GrantOptions, command: Command) => {
    const { spaceGrant } = await import('../verbs/space-change.js');
    end(await spaceGrant(callOf(command), { space: name, role }, options));
  });
  holderOptions(
    space
      .command('revoke')
      .argument('<space>', everyHelp, notEmpty)
      .description('take the role away that somebody has in a space'),
  ).action(async (name: string, options: GrantOptions, command: Command) => {
    const { spaceRevoke } = await import('../verbs/space-change.js');
    end(await spaceRevoke(callOf(command), name, options));
  });
};

const holderOptions = (command: Command): Command =>
  command
    .addOption(new Option('--subject <sub>', 'one whom the issuer calls so').conflicts('group').argParser(notEmpty))
    .addOption(new Option('--group <name>', 'all whom the issuer says to be of it').argParser(notEmpty))
    .requiredOption('--issuer <url>', 'who says so: `iss` of its tokens, exactly', notEmpty)
    .option('--dry-run', orderDryRunHelp, false);

const roles: readonly SpaceRole[] = ['reader', 'submitter', 'operator', 'administrator'];

function roleOf(word: string): SpaceRole {
  const role = roles.find((each) => each === word);
  if (role !== undefined) return role;
  throw new InvalidArgumentError(`Give one of ${roles.join(', ')}.`);
}

const text = (given: string): string | null => (given === 'none' ? null : notEmpty(given));

/** A number, or `none`: null. */
function bound(given: string): number | null {
  if (given === 'none') return null;
  if (/^\d{1,16}$/.test(given) && Number.isSafeInteger(Number(given))) return Number(given);
  throw new InvalidArgumentError('Give a whole number, or none.');
}
