import { InvalidArgumentError, type Command } from 'commander';
import type { Cap } from '../verbs/limit.js';
import type { QuotaSetOptions } from '../verbs/quota.js';
import { callOf, notEmpty } from './arguments.js';
import { examples } from './examples.js';
import type { VerbCommand } from './verb-command.js';

export const quotaCommand: VerbCommand = (program, end) => {
  const quota = program
    .command('quota')
    .description('quotas: what spaces and users may keep and have open')
    .addHelpText(
      'after',
      examples(
        'sluice quota ls',
        'sluice quota set ann --jobs 100000 --cores 500',
        'sluice quota set 7f3a --issuer https://iam.example.org/ --file-gib 2000',
      ),
    );
  quota
    .command('ls')
    .description('list spaces and users that have a cap')
    .action(async (_: object, command: Command) => {
      const { quotaLs } = await import('../verbs/quota.js');
      end(await quotaLs(callOf(command)));
    });
  quota
    .command('set')
    .argument('<user>', 'its subject, as its token says it', notEmpty)
    .description('set caps of a user, from now on: what is there already stays; of a space: sluice space set')
    .option('--file-gib <n>', 'files may come to so many GiB, or none: no cap of its own', cap)
    .option('--jobs <n>', 'so many jobs may be open, submitted and not ended, or none: no cap', jobsCap)
    .option('--cores <n>', 'so many cores of its jobs may run at once, or none: no cap', jobsCap)
    .option('--issuer <issuer>', 'who knows that user, as its token says it; default: this stack', notEmpty)
    .action(async (user: string, options: QuotaSetOptions, command: Command) => {
      const { quotaSet } = await import('../verbs/quota.js');
      end(await quotaSet(callOf(command), user, options));
    });
};

/** A number, or `none`: commander makes an empty text of a null. */
function cap(text: string): Cap {
  if (text === 'none') return text;
  if (/^\d{1,7}(\.\d{1,6})?$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give a number below 10,000,000, or none.');
}

function jobsCap(text: string): Cap {
  if (text === 'none' || /^\d{1,9}$/.test(text)) return text === 'none' ? text : Number(text);
  throw new InvalidArgumentError('Give a whole number, or none.');
}
