import { readFile } from 'node:fs/promises';
import type { SiteChanged, SitesApplied } from '#contracts';
import { readSitesFile } from '#documents';
import { callerName } from '../caller.js';
import type { NotedOptions } from '../commands/order-options.js';
import { CliFault, exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { onSites } from '../on-sites.js';
import { printSiteChanges } from '../print-site-changes.js';
import { counted } from '../render/numbers.js';
import { printable } from '../render/printable.js';
import { refusalLines } from '../render/refusal.js';
import { changeLines } from '../render/site-text.js';

/** Lines about single sites; the rest is counted. */
const linesMax = 18;

/** Applies a sites file: all of it or nothing. Sites that it does not name stay as they are. */
export async function siteApply(call: Call, file: string, { note, dryRun }: NotedOptions): Promise<ExitCode> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new CliFault(exitCodes.usage, [`cannot read ${printable(file)}: ${(cause as Error).message}`], { cause });
  });
  const read = await readSitesFile(bytes);
  if ('refusal' in read) throw new CliFault(exitCodes.usage, refusalLines(file, read.refusal, '; nothing was changed'));
  return onSites(call, async (sites) => {
    const answer = await sites.apply({ sites: read.sites, note, by: callerName(), dryRun });
    await printSiteChanges(call, answer, { sites: answer.sites, lines: linesOf(answer) });
  });
}

function linesOf({ sites, dryRun }: SitesApplied): string[] {
  const touched = sites.filter(isTouched);
  const lines = touched.flatMap((site) => [
    `${printable(site.name)}${site.created ? '  new' : ''}`,
    ...changeLines(site),
  ]);
  const created = sites.filter((site) => site.created).length;
  const sum = [
    `${created} new`,
    `${touched.length - created} changed`,
    `${sites.length - touched.length} as they were`,
  ].join(', ');
  return [
    ...lines.slice(0, linesMax),
    ...(lines.length > linesMax ? [`... and ${lines.length - linesMax} lines more: -o json has all`] : []),
    `${dryRun ? 'would apply ' : ''}${counted(sites.length, 'site')}: ${sum}`,
  ];
}

const isTouched = ({ created, changes }: SiteChanged): boolean => created || changes.length > 0;
