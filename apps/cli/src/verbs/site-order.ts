import type { SiteVerb } from '#client';
import type { SiteAnswer } from '#contracts';
import { callerName } from '../caller.js';
import type { NotedOptions } from '../commands/order-options.js';
import type { ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { onSites } from '../on-sites.js';
import { printAnswer } from '../print-answer.js';
import { dryRunNote } from '../print-order.js';
import { printSiteChanges } from '../print-site-changes.js';
import { counted } from '../render/numbers.js';
import { printable } from '../render/printable.js';

/** Opens, drains or stops a site. Safe to repeat. */
export function siteOrder(
  call: Call,
  { name, verb, options: { note, dryRun } }: { name: string; verb: SiteVerb; options: NotedOptions },
): Promise<ExitCode> {
  return onSites(call, async (sites) => {
    const answer = await sites.order(name, verb, { note, by: callerName(), dryRun });
    await printSiteChanges(call, answer, { sites: [answer], lines: [sentence(answer, verb)] });
  });
}

const done: Readonly<Record<SiteVerb, string>> = { open: 'opened', drain: 'draining', stop: 'stopped' };

function sentence({ name, changes, dryRun, site: { state, workers, leased } }: SiteAnswer, verb: SiteVerb): string {
  const who = `site ${printable(name)}`;
  if (changes.length === 0) return `${who} is ${state} already`;
  return `${dryRun ? `would ${verb}` : done[verb]} ${who}: ${consequence(verb, { workers, leased })}`;
}

function consequence(verb: SiteVerb, { workers, leased }: { workers: number; leased: number }): string {
  if (workers === 0) return 'no worker is there';
  const all = counted(workers, 'worker');
  if (verb === 'open') return `${all} may get jobs`;
  const [start, end, them] = workers === 1 ? ['starts', 'ends', 'it'] : ['start', 'end', 'them'];
  const jobs = counted(leased, 'job');
  if (verb === 'drain') return `${all} ${start} nothing more; of ${jobs} with ${them} what runs goes on`;
  const again = leased === 1 ? 'runs' : 'run';
  return `${all} ${start} nothing more and ${end} what runs; ${jobs} with ${them} ${again} again, at no cost`;
}

/** Forgets a site that has no workers. */
export function siteRemove(call: Call, name: string, { dryRun }: NotedOptions): Promise<ExitCode> {
  return onSites(call, async (sites) => {
    const answer = await sites.remove(name, { dryRun });
    const line = `${dryRun ? 'would forget' : 'forgot'} site ${printable(name)}`;
    const lines = dryRun ? [line, dryRunNote] : [line];
    await printAnswer(call, answer, { lines, ids: [name], head: ['name'], rows: [[name]] });
  });
}
