import type { SiteCalls } from '#client';
import type { SandboxRule, SiteAnswer, SiteChange } from '#contracts';
import { callerName } from '../caller.js';
import type { NotedOptions } from '../commands/order-options.js';
import { CliFault, exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { onSites } from '../on-sites.js';
import { printSiteChanges } from '../print-site-changes.js';
import { printable } from '../render/printable.js';
import { changeLines } from '../render/site-text.js';

export interface SiteSetOptions extends NotedOptions {
  new: boolean;
  /** `key=value` each. */
  tag?: string[];
  untag?: string[];
  /** Null takes it away. */
  pullCores?: number | null;
  pullMemory?: number | null;
  suspectSec?: number | null;
  orphanSec?: number | null;
  cutOffStopSec?: number | null;
  sandbox?: SandboxRule;
}

/** Changes what holds at a site. */
export async function siteSet(call: Call, name: string, options: SiteSetOptions): Promise<ExitCode> {
  if (!saysAnything(options)) {
    throw new CliFault(exitCodes.usage, ['say what is to hold at the site', '`sluice site set --help` lists what can']);
  }
  return onSites(call, async (sites) => {
    if (options.new) await refuseKnown(sites, name);
    const change = await changeOf(sites, name, options);
    const answer = await sites.change(name, change, { create: options.new });
    await printSiteChanges(call, answer, { sites: [answer], lines: linesOf(answer) });
  });
}

/** Null takes a setting away; what is not given is not there, or no. */
const saysAnything = (options: SiteSetOptions): boolean =>
  Object.entries(options).some(([name, value]) => name !== 'dryRun' && value !== undefined && value !== false);

/** To make a site anew would take away all that somebody has said of it. */
async function refuseKnown(sites: SiteCalls, name: string): Promise<void> {
  const known = await sites.list();
  if (!known.some((site) => site.name === name)) return;
  throw new CliFault(exitCodes.usage, [`site ${printable(name)} is known already`, 'leave --new out to change it']);
}

async function changeOf(sites: SiteCalls, name: string, options: SiteSetOptions): Promise<SiteChange> {
  const { pullCores, pullMemory, suspectSec, orphanSec, cutOffStopSec, sandbox, note, dryRun } = options;
  const change: SiteChange = {
    ...{ pullCores, pullMemoryMib: pullMemory, suspectSec, orphanSec, cutOffStopSec, sandbox, note, dryRun },
    by: callerName(),
  };
  if (options.tag === undefined && options.untag === undefined) return change;
  const before = options.new ? {} : (await sites.show(name)).tags;
  return { ...change, tags: changedTags(before, options) };
}

function changedTags(
  before: Readonly<Record<string, string>>,
  { tag = [], untag = [] }: SiteSetOptions,
): Record<string, string> {
  const tags = new Map(Object.entries(before));
  for (const key of untag) tags.delete(key);
  for (const text of tag) {
    const at = text.indexOf('=');
    if (at < 1) throw new CliFault(exitCodes.usage, [`--tag ${printable(text)}: write it as key=value`]);
    tags.set(text.slice(0, at), text.slice(at + 1));
  }
  return Object.fromEntries(tags);
}

function linesOf(answer: SiteAnswer): string[] {
  const { name, created, changes, dryRun } = answer;
  const who = `site ${printable(name)}`;
  if (created) return [`${dryRun ? 'would make' : 'made'} ${who}`, ...changeLines(answer)];
  if (changes.length === 0) return [`${who} is so already`];
  return [`${dryRun ? 'would change' : 'changed'} ${who}`, ...changeLines(answer)];
}
