import type { SiteChanged, SiteSetting, SiteView, WorkerView } from '#contracts';
import { counted, duration, grouped } from './numbers.js';
import { printable } from './printable.js';
import { memoryText } from './sizes.js';
import { startedText } from './workflow-times.js';

/** The pull ceiling in short; empty: none. */
export const ceilingText = ({ pullCores, pullMemoryMib }: SiteView): string =>
  [
    ...(pullCores === null ? [] : [counted(pullCores, 'core')]),
    ...(pullMemoryMib === null ? [] : [memoryText(pullMemoryMib)]),
  ].join(', ');

/** All of a site, a line for each thing that people look for. */
export function siteLines(site: SiteView): string[] {
  const { workers, suspect, cores, memoryMib, leased } = site;
  const silent = suspect > 0 ? ` (${grouped(suspect)} silent)` : '';
  const has =
    workers === 0 ? 'none' : `${grouped(workers)}${silent}, ${counted(cores, 'core')}, ${memoryText(memoryMib)}`;
  return [
    `${printable(site.name)}  ${site.state}${orderText(site)}`,
    `  workers   ${has}; ${counted(leased, 'job')} with them`,
    `  reports   ${reportsText(site)}`,
    `  ceiling   ${ceilingText(site) || 'none'}`,
    `  suspect   ${valueText('suspectSec', site.suspectSec)}`,
    `  orphan    ${valueText('orphanSec', site.orphanSec)}`,
    `  cut off   ${valueText('cutOffStopSec', site.cutOffStopSec)}`,
    `  sandbox   ${site.sandbox}`,
    `  tags      ${valueText('tags', site.tags)}`,
  ];
}

const reportsText = ({ reports: { late, duplicate, stale } }: SiteView): string =>
  late + duplicate + stale === 0
    ? 'all plain'
    : `${grouped(late)} late, ${grouped(duplicate)} duplicate, ${grouped(stale)} stale`;

/** Since when, by whom and why; nothing for a site that only appeared. */
function orderText({ orderedBy, orderedAt, note }: SiteView): string {
  const by = orderedBy === '' ? '' : ` by ${printable(orderedBy)}`;
  const why = note === '' ? '' : `: ${printable(note)}`;
  return by + why === '' ? '' : ` since ${startedText(orderedAt, Date.now())} UTC${by}${why}`;
}

/** Changes, one a line: `pullCores  none -> 8`. */
export const changeLines = ({ changes }: Pick<SiteChanged, 'changes'>): string[] =>
  changes.map(
    ({ setting, before, after }) =>
      `  ${setting.padEnd(13)}  ${valueText(setting, before)} -> ${valueText(setting, after)}`,
  );

/** What a setting says when it says nothing. */
const nothing: Readonly<Partial<Record<SiteSetting, string>>> = {
  ...{ pullCores: 'none', pullMemoryMib: 'none', suspectSec: 'default', orphanSec: 'default', cutOffStopSec: 'never' },
};

function valueText(setting: SiteSetting, value: unknown): string {
  if (value === null) return nothing[setting] ?? 'none';
  if (setting === 'tags') return tagsText(value as Record<string, string>);
  if (setting === 'pullMemoryMib') return memoryText(Number(value));
  if (setting.endsWith('Sec')) return duration(Number(value));
  return printable(`${value as string | number}`);
}

const tagsText = (tags: Readonly<Record<string, string>>): string =>
  Object.entries(tags)
    .map(([key, value]) => printable(`${key}=${value}`))
    .join(' ') || 'none';

/** All of a worker. */
export function workerLines(worker: WorkerView): string[] {
  const { cores, memoryMib, gpus, diskMib, walltimeLeftSec, silentSec, leased, workDir } = worker;
  const sizes = [
    ...[counted(cores, 'core'), memoryText(memoryMib)],
    ...(gpus > 0 ? [counted(gpus, 'GPU')] : []),
    ...(diskMib === null ? [] : [`${memoryText(diskMib)} of disk`]),
  ];
  const end = walltimeLeftSec === null ? 'no end' : `${duration(walltimeLeftSec)} left`;
  return [
    `${worker.session}  ${printable(worker.worker)} at ${printable(worker.site)}  ${worker.state}${toldText(worker)}`,
    `  has         ${sizes.join(', ')}; ${end}`,
    `  jobs        ${grouped(leased)} with it`,
    `  heard of    ${duration(silentSec)} ago; registered ${startedText(worker.registeredAt, Date.now())} UTC`,
    `  tags        ${tagsText(worker.tags)}`,
    `  features    ${worker.features.map(printable).join(' ') || 'none'}`,
    `  transforms  ${worker.transforms.map(printable).join(' ')}`,
    ...(workDir === null ? [] : [`  folder      ${printable(workDir)}`]),
  ];
}

function toldText({ ordered, orderedBy, note }: WorkerView): string {
  if (ordered === null) return '';
  const by = orderedBy === '' ? '' : ` by ${printable(orderedBy)}`;
  return `, told to ${ordered}${by}${note === '' ? '' : `: ${printable(note)}`}`;
}
