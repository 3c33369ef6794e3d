import type { Command } from 'commander';
import type { EventsOptions } from '../verbs/events.js';
import { callOf, notEmpty, selectorHelp, wholeNumber } from './arguments.js';
import { examples } from './examples.js';
import type { VerbCommand } from './verb-command.js';

export const eventsCommand: VerbCommand = (program, end) =>
  program
    .command('events')
    .argument('[workflow]', selectorHelp, notEmpty)
    .description('what happened, event by event, from the first one on')
    .option('--from <place>', 'from this time (RFC 3339), or from a cursor that an earlier call told')
    .option('--type <type>', 'of this type only, such as jobs.ended; may be repeated', gatherTexts)
    .option('--follow', 'go on with what happens from now on, until Ctrl-C')
    .option('--limit <n>', 'at most so many', wholeNumber({ min: 1, max: 999_999_999 }))
    .addHelpText(
      'after',
      examples(
        'sluice events last',
        'sluice events --follow --type workflow.ended',
        'sluice events --from 2026-11-22T12:00:00Z -o ndjson',
      ),
    )
    .action(async (selector: string | undefined, options: EventsOptions, command: Command) => {
      const { events } = await import('../verbs/events.js');
      end(await events(callOf(command), selector, options));
    });

const gatherTexts = (text: string, before: string[] | undefined): string[] => [...(before ?? []), text];
