import type { SiteChanged, SiteEntry } from '#contracts';
import { changeWithin, tellBrokers, type SitePorts } from './change-sites.js';
import { givenSettings, type SettingsFault } from './site-settings.js';

/** Entries of a sites file that name one site twice. */
export const namedTwice = (entries: readonly SiteEntry[]): string[] => {
  const seen = new Set<string>();
  return [...new Set(entries.map(({ name }) => name).filter((name) => seen.size === seen.add(name).size))];
};

export type FileOutcome =
  { kind: 'same' } | { kind: 'done'; changed: SiteChanged[] } | { kind: 'bad'; faults: SettingsFault[] };

/**
 * Applies the sites file that a broker reads at its start, unless it is the one that was applied last: what people changed
 * since then stays. Several brokers may start at once.
 * @param hash of the file's text
 * @param record puts it on record, before anything is changed
 * @see S2 in change-sites.ts
 */
export async function applySitesFile(
  { sites, hints }: SitePorts,
  {
    entries,
    hash,
    by,
    record,
  }: { entries: readonly SiteEntry[]; hash: string; by: string; record: () => Promise<void> },
): Promise<FileOutcome> {
  const outcome = await sites.change<FileOutcome>({ dryRun: false }, async (tx) => {
    if ((await tx.lockFile()) === hash) return { kind: 'same' };
    const asked = entries.map((entry) => ({ name: entry.name, given: givenSettings(entry) }));
    const changed = await changeWithin(tx, { sites: asked, mode: 'replace', how: 'file', by, dryRun: false });
    if (changed.kind === 'unknown') throw new Error('a file that replaces knows every site'); // a bug
    if (changed.kind !== 'done') return changed;
    await record();
    await tx.noteFile(hash);
    return changed;
  });
  if (outcome.kind === 'done') tellBrokers(hints, outcome.changed);
  return outcome;
}
