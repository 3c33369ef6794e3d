import type { SiteChanged, SiteEntry, SiteSetting, SiteSettings } from '#contracts';
import { defaultTerms } from '../session/session-desk.js';

/** What holds at a site of which nobody has said anything. */
export const defaultSettings: SiteSettings = {
  state: 'open',
  tags: {},
  pullCores: null,
  pullMemoryMib: null,
  suspectSec: null,
  orphanSec: null,
  cutOffStopSec: null,
  sandbox: 'auto',
};

const settingNames = Object.keys(defaultSettings) as SiteSetting[];

/** The settings alone of what may have more. */
export const settingsOf = (site: SiteSettings): SiteSettings =>
  Object.fromEntries(settingNames.map((setting) => [setting, site[setting]])) as unknown as SiteSettings;

/** Settings that an entry gives; what it leaves out is not there. */
export const givenSettings = (entry: Partial<SiteEntry>): Partial<SiteSettings> =>
  Object.fromEntries(
    settingNames.flatMap((setting) => (entry[setting] === undefined ? [] : [[setting, entry[setting]]])),
  );

/** What differs, in the order in which settings are told. */
export const changesBetween = (before: SiteSettings, after: SiteSettings): SiteChanged['changes'] =>
  settingNames.flatMap((setting) => {
    const change = { setting, before: before[setting], after: after[setting] };
    return sameValue(change.before, change.after) ? [] : [change];
  });

function sameValue(one: unknown, other: unknown): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

/** Tags in any order are the same. */
const sorted = (value: unknown): unknown =>
  typeof value === 'object' && value !== null ? Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)) : value;

/** Why these settings of one site can't go together; null: they can. */
export interface SettingsFault {
  name: string;
  setting: SiteSetting;
  message: string;
}

/** A worker is given up only after it was found silent. */
export function settingsFault(name: string, { suspectSec, orphanSec }: SiteSettings): SettingsFault | null {
  const suspect = suspectSec ?? defaultTerms.suspectSec;
  const orphan = orphanSec ?? defaultTerms.orphanSec;
  if (orphan >= suspect) return null;
  const said = suspectSec === null ? `${suspect}, the default` : String(suspect);
  return {
    ...{ name, setting: 'orphanSec' },
    message: `orphanSec of site ${JSON.stringify(name)} is ${orphan}, less than suspectSec (${said}): give at least that`,
  };
}
