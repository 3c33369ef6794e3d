import { InvalidArgumentError, Option, type Command } from 'commander';
import type { SiteSetOptions } from '../verbs/site-set.js';
import { callOf, notEmpty, repeated, wholeNumber } from './arguments.js';
import { examples } from './examples.js';
import { addOrderOptions, type NotedOptions } from './order-options.js';
import type { VerbCommand } from './verb-command.js';

const nameHelp = 'the name of a site';
const wholeMax = 999_999_999;

export const siteCommand: VerbCommand = (program, end) => {
  const site = program
    .command('site')
    .description('sites: list, change, open, drain and stop them')
    .addHelpText(
      'after',
      examples('sluice site ls', "sluice site stop USDF --note 'disk full'", 'sluice site apply sites.yaml --dry-run'),
    );
  site
    .command('ls')
    .description('list sites, with what their workers have')
    .action(async (_: object, command: Command) => {
      const { siteLs } = await import('../verbs/site-read.js');
      end(await siteLs(callOf(command)));
    });
  site
    .command('show')
    .argument('<name>', nameHelp, notEmpty)
    .description('all of one site')
    .action(async (name: string, _: object, command: Command) => {
      const { siteShow } = await import('../verbs/site-read.js');
      end(await siteShow(callOf(command), name));
    });
  addSet(site, end);
  addStates(site, end);
  addOrderOptions(
    site
      .command('apply')
      .argument('<file>', 'a sites file, YAML or JSON: see docs/sites.md', notEmpty)
      .description('apply a sites file: all of it or nothing'),
  ).action(async (file: string, options: NotedOptions, command: Command) => {
    const { siteApply } = await import('../verbs/site-apply.js');
    end(await siteApply(callOf(command), file, options));
  });
  return site;
};

function addSet(site: Command, end: (code: number) => void): void {
  const set = site
    .command('set')
    .argument('<name>', nameHelp, notEmpty)
    .description('change what holds at a site')
    .option('--new', 'a site that no worker has named yet', false)
    .option('--tag <key=value>', 'add or change this tag; may be repeated', repeated)
    .option('--untag <key>', 'take this tag away; may be repeated', repeated)
    .option('--pull-cores <n>', 'lease no job of more cores to workers there, or none', orWord('none'))
    .option('--pull-memory <mib>', 'lease no job of more memory to workers there, or none', orWord('none'))
    .option('--suspect-sec <n>', 'a worker silent for so long gets no new leases, or default', orWord('default'))
    .option('--orphan-sec <n>', 'a worker silent for so long is given up, or default', orWord('default'))
    .option('--cut-off-stop-sec <n>', 'a worker cut off for so long ends what it runs, or never', orWord('never'))
    .addOption(new Option('--sandbox <rule>', 'how payloads are confined').choices(['auto', 'required', 'off']));
  addOrderOptions(set).action(async (name: string, options: SiteSetOptions, command: Command) => {
    const { siteSet } = await import('../verbs/site-set.js');
    end(await siteSet(callOf(command), name, options));
  });
}

const states = [
  { verb: 'open', description: 'workers of a site get jobs again' },
  { verb: 'drain', description: 'nothing more starts at a site; what runs ends by itself' },
  { verb: 'stop', description: 'nothing more starts at a site, and what runs is ended' },
  { verb: 'rm', description: 'forget a site that has no workers' },
] as const;

function addStates(site: Command, end: (code: number) => void): void {
  for (const { verb, description } of states) {
    const command = site.command(verb).argument('<name>', nameHelp, notEmpty).description(description);
    addOrderOptions(command).action(async (name: string, options: NotedOptions, called: Command) => {
      const { siteOrder, siteRemove } = await import('../verbs/site-order.js');
      const call = callOf(called);
      end(await (verb === 'rm' ? siteRemove(call, name, options) : siteOrder(call, { name, verb, options })));
    });
  }
}

/** A whole number, or a word that takes it away: null. */
const orWord =
  (word: string) =>
  (text: string): number | null => {
    if (text === word) return null;
    try {
      return wholeNumber({ min: 1, max: wholeMax })(text);
    } catch {
      throw new InvalidArgumentError(`Give a whole number from 1 to ${wholeMax}, or ${word}.`);
    }
  };
