import { z } from 'zod';
import { line, OrderedBy } from './one-line.js';

/**
 * Whether workers of a site get jobs. `draining`: they get none, give back what has not started, and let running jobs end.
 * `stopped`: running jobs are ended too. Its workers stay, and go on when it is opened.
 */
export const SiteState = z.enum(['open', 'draining', 'stopped']);
export type SiteState = z.infer<typeof SiteState>;

/** How payloads are confined. `auto`: where the worker can; `required`: a worker that can't runs none; `off`: never. */
export const SandboxRule = z.enum(['auto', 'required', 'off']);
export type SandboxRule = z.infer<typeof SandboxRule>;

/** What a worker is told of its site: at the register, with each heartbeat, and when an open poll must end for it. */
export const SiteRule = z.object({ state: SiteState, sandbox: SandboxRule });
export type SiteRule = z.infer<typeof SiteRule>;

/** What holds at a site of which nobody has said anything. */
export const openSite: SiteRule = { state: 'open', sandbox: 'auto' };

/** Sites in one file or order. */
export const sitesMax = 10_000;
const secMax = 31_536_000;

const seconds = z.int().min(1).max(secMax).nullable();

export const SiteName = line(200).min(1);

/** What people say of a site. Null of a ceiling: none; of a term: the broker's own, or never. */
export const SiteSettings = z.strictObject({
  state: SiteState,
  /** Told to placement beside the tags of each worker, which stand before them. */
  tags: z.record(line(64).min(1), line(200)).refine((tags) => Object.keys(tags).length <= 100, 'at most 100 tags'),
  /** The pull ceiling: jobs above it are not leased to workers there. */
  pullCores: z.int().min(1).max(1_000_000).nullable(),
  pullMemoryMib: z.int().min(1).max(1_000_000_000).nullable(),
  /** A worker silent for so long gets no new leases. */
  suspectSec: seconds,
  /** A worker silent for so long is given up, and what it ran goes to others. */
  orphanSec: seconds,
  /** A worker that is cut off for so long ends what it runs. */
  cutOffStopSec: seconds,
  sandbox: SandboxRule,
});
export type SiteSettings = z.infer<typeof SiteSettings>;
export type SiteSetting = keyof SiteSettings;

/** One entry of a sites file: what it leaves out is the default, but for the state, which stays. */
export const SiteEntry = SiteSettings.partial().extend({ name: SiteName });
export type SiteEntry = z.infer<typeof SiteEntry>;

/** Sites that the file does not name are left as they are. */
export const SitesFile = z.strictObject({ sites: z.array(SiteEntry).max(sitesMax) });
export type SitesFile = z.infer<typeof SitesFile>;

const order = {
  /** Why: kept with the site or the worker. */
  note: line(1_000).optional(),
  /** Who, as the caller says. */
  by: OrderedBy.optional(),
  /** Tells what the order would do, and changes nothing. */
  dryRun: z.boolean().optional(),
};

/** Body of an order about a site or a worker; may be left out. */
export const SiteOrder = z.strictObject(order);
export type SiteOrder = z.infer<typeof SiteOrder>;

/** PATCH: what is left out stays. PUT: what is left out is the default, but for the state, which stays. */
export const SiteChange = SiteSettings.partial().extend(order);
export type SiteChange = z.infer<typeof SiteChange>;

export const SitesApply = SitesFile.extend(order);
export type SitesApply = z.infer<typeof SitesApply>;

/** DELETE has no body: the same in the query. */
export const SiteRemoveQuery = z.strictObject({ dryRun: z.enum(['true', 'false']).default('false') });

/** A site as people see it. Times are the database's, RFC 3339 UTC. */
export const SiteView = SiteSettings.extend({
  name: z.string(),
  note: z.string(),
  orderedBy: z.string(),
  /** Whether its state was last ordered by hand or by the file that a broker read; of a site that appeared: `hand`, by nobody. */
  orderedHow: z.enum(['hand', 'file']),
  orderedAt: z.string(),
  /** Workers whose sessions are not over, and what they have together. */
  workers: z.int(),
  /** Those of them that are silent. */
  suspect: z.int(),
  cores: z.int(),
  memoryMib: z.int(),
  /** Attempts that they hold. */
  leased: z.int(),
  /** Ends of attempts that were not plain, since the site appeared: late ones counted, duplicate and stale ones changed nothing. */
  reports: z.object({ late: z.int(), duplicate: z.int(), stale: z.int() }),
});
export type SiteView = z.infer<typeof SiteView>;

/** By name. */
export const SiteList = z.object({
  sites: z.array(SiteView),
  /** Cursor of the next page; null: this is the last. */
  next: z.string().nullable(),
});
export type SiteList = z.infer<typeof SiteList>;

/** What an order does to one site. */
export const SiteChanged = z.object({
  name: z.string(),
  created: z.boolean(),
  changes: z.array(z.object({ setting: SiteSettings.keyof(), before: z.unknown(), after: z.unknown() })),
  /** The state that a file asks for and does not get, since a person closed the site; null: no such thing. */
  refusedState: SiteState.nullable(),
});
export type SiteChanged = z.infer<typeof SiteChanged>;

/** `site`: as it is after the order, or with `dryRun` would be. */
export const SiteAnswer = SiteChanged.extend({ dryRun: z.boolean(), site: SiteView });
export type SiteAnswer = z.infer<typeof SiteAnswer>;

export const SitesApplied = z.object({ dryRun: z.boolean(), sites: z.array(SiteChanged) });
export type SitesApplied = z.infer<typeof SitesApplied>;

export const SiteRemoved = z.object({ name: z.string(), dryRun: z.boolean() });
export type SiteRemoved = z.infer<typeof SiteRemoved>;
