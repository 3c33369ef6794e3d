/**
 * Owns what an order makes of sites: settings as they were, as they shall be, and what differs.
 *
 * S1  An order changes all of its sites or none.
 * S2  What a person closed, a file that a broker reads at its start does not open, nor close otherwise.
 * S3  A state that is not given stays; a new site is open.
 */
import type { SiteChanged, SiteSettings, SiteView } from '#contracts';
import type { OrderedHow, OrderNote, SiteRow, SiteStore, SiteTransaction } from '../ports/site-store.js';
import { changesBetween, defaultSettings, settingsFault, settingsOf, type SettingsFault } from './site-settings.js';

export interface SitesOrder extends Partial<OrderNote> {
  sites: readonly { name: string; given: Partial<SiteSettings> }[];
  /** `replace`: what is not given is the default (S3). `change`: it stays, and only known sites are changed. */
  mode: 'replace' | 'change';
  how: OrderedHow;
  dryRun: boolean;
}

export type SitesOutcome =
  | { kind: 'done'; changed: SiteChanged[]; views: SiteView[] }
  | { kind: 'unknown'; names: string[] }
  | { kind: 'bad'; faults: SettingsFault[] };

export interface SitePorts {
  sites: SiteStore;
  hints: {
    /** These sites are not what they were, and these sessions were told to end. May be lost: brokers look again and again. */
    changed: (what: { sites: string[]; sessions: string[] }) => void;
  };
}

/** Carries out one order. Safe to repeat: what is so already changes nothing. */
export async function changeSites({ sites, hints }: SitePorts, order: SitesOrder): Promise<SitesOutcome> {
  const outcome = await sites.change(order, (tx) => changeWithin(tx, order));
  if (outcome.kind === 'done' && !order.dryRun) tellBrokers(hints, outcome.changed);
  return outcome;
}

/** changeSites() in a transaction that does more. @see tellBrokers once it has committed */
export async function changeWithin(tx: SiteTransaction, order: SitesOrder): Promise<SitesOutcome> {
  const names = order.sites.map(({ name }) => name);
  const known = new Map((await tx.lock(names)).map((site) => [site.name, site]));
  const unknown = names.filter((name) => !known.has(name));
  if (order.mode === 'change' && unknown.length > 0) return { kind: 'unknown', names: unknown };
  const planned = order.sites.map((asked) => plan(known.get(asked.name) ?? null, asked, order));
  const faults = planned.flatMap(({ after }) => settingsFault(after.name, after) ?? []);
  if (faults.length > 0) return { kind: 'bad', faults };
  const { note = '', by = '', how } = order;
  const written = planned.filter(({ told }) => told.created || told.changes.length > 0 || note !== '');
  if (written.length > 0)
    await tx.write(
      written.map(({ after }) => after),
      { note, by, how },
    );
  return { kind: 'done', changed: planned.map(({ told }) => told), views: await tx.views(names) };
}

export function tellBrokers(hints: SitePorts['hints'], changed: readonly SiteChanged[]): void {
  const sites = changed.filter(({ changes }) => changes.length > 0).map(({ name }) => name);
  if (sites.length > 0) hints.changed({ sites, sessions: [] });
}

function plan(
  site: (SiteRow & { orderedHow: OrderedHow }) | null,
  { name, given }: SitesOrder['sites'][number],
  { mode, how }: SitesOrder,
): { after: SiteRow; told: SiteChanged } {
  const before = site ? settingsOf(site) : defaultSettings;
  const base = mode === 'replace' ? { ...defaultSettings, state: before.state } : before;
  const wanted = { ...base, ...given };
  const isRefused =
    how === 'file' && site?.orderedHow === 'hand' && site.state !== 'open' && site.state !== wanted.state; // S2
  const after = isRefused ? { ...wanted, state: site.state } : wanted;
  return {
    after: { name, ...after },
    told: {
      ...{ name, created: site === null, changes: changesBetween(before, after) },
      refusedState: isRefused ? wanted.state : null,
    },
  };
}
