import type { ShareChanged, ShareList, ShareView } from '#contracts';
import { duration, grouped } from './numbers.js';
import { printable } from './printable.js';
import { table } from './table.js';

/** A part of everything, as percent with one digit. */
const part = (of: number): string => `${(of * 100).toFixed(1)} %`;

/** Core hours: `0.25`, `14.2`, `1 204`. */
export function hours(coreHours: number): string {
  if (Math.abs(coreHours) >= 100) return (coreHours < 0 ? '-' : '') + grouped(Math.abs(coreHours));
  return coreHours.toFixed(Math.abs(coreHours) >= 10 ? 1 : 2);
}

const cores = (running: number): string => (running >= 10 || running === 0 ? grouped(running) : running.toFixed(1));

const halfLifeText = (halfLifeHours: number): string => duration(halfLifeHours * 3_600);

/**
 * The tree, each share stood in below its parent.
 * @param rowsMax with more shares those with least use are left out, but no share above one that is shown.
 */
export function shareTable({ shares, halfLifeHours }: ShareList, rowsMax: number): { lines: string[]; hidden: number } {
  const shown = withParents(shares, rowsMax);
  const numbers = ['weight', 'target', 'got', 'ratio', 'core h', 'run', 'ready', 'left'] as const;
  const lines = table(
    [{ title: 'share', align: 'left', widthMax: 18 }, ...numbers.map((title) => ({ title, align: 'right' as const }))],
    shown.map((share) => [
      nameInTree(share.path),
      ...[String(Number(share.weight.toPrecision(4))), share.target > 0 ? part(share.target) : '-', part(share.part)],
      ...[share.factor === null ? '-' : share.factor.toFixed(2), hours(share.useCoreHours), cores(share.runningCores)],
      ...[grouped(share.readyJobs), leftText(share)],
    ]),
  );
  return {
    lines: [
      ...lines,
      `ratio: got / target, the smallest is served first; half of all use is forgiven in ${halfLifeText(halfLifeHours)}`,
    ],
    hidden: shares.length - shown.length,
  };
}

/** All of one share, a line for each thing. */
export function shareLines(share: ShareView, halfLifeHours: number): string[] {
  const { path, weight, target, part: got, factor, allocation } = share;
  const room =
    factor === null
      ? 'no work and no use'
      : factor < 1
        ? 'below its target: goes before its siblings'
        : 'at or above its target';
  return [
    printable(path),
    `weight      ${weight}`,
    `target      ${target > 0 ? part(target) : 'none while it has neither work nor use'}`,
    `got         ${part(got)}${factor === null ? '' : `, ${factor.toFixed(2)} of its target`}; ${room}`,
    `use         ${hours(share.useCoreHours)} core hours, of them ${hours(share.outsideCoreHours)} outside; half forgiven in ${halfLifeText(halfLifeHours)}`,
    `runs        ${cores(share.runningCores)} cores; ${grouped(share.readyJobs)} jobs ready`,
    ...(share.spaces.length > 0 ? [`spaces      ${printable(share.spaces.join(', '))}`] : []),
    ...(allocation
      ? [
          `allocation  ${hours(allocation.coreHours)} core hours ${allocation.periodDays === null ? 'in all' : `each ${allocation.periodDays} days`}, since ${allocation.since}`,
          `            ${hours(allocation.usedCoreHours)} used, ${hours(Math.max(0, allocation.leftCoreHours))} left; then ${allocation.strict ? 'nothing more' : 'what nobody else wants'}`,
        ]
      : []),
    ...(share.spent === null ? [] : [`spent       the allocation of ${printable(share.spent)} is used up`]),
  ];
}

/** What an order changes, a line for each share and each setting. */
export function changeLines({ path, what, changes }: ShareChanged): string[] {
  return [
    path === '' ? 'all shares' : `${printable(path)}  ${what}`,
    ...changes.map(({ setting, before, after }) => `  ${setting}  ${valueText(before)} -> ${valueText(after)}`),
  ];
}

function valueText(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : printable(value.join(' '));
  return printable(typeof value === 'string' ? value : JSON.stringify(value));
}

/** Less than nothing is left when what ran already took more: shown as 0. */
const leftText = ({ allocation, spent }: ShareView): string =>
  allocation ? hours(Math.max(0, allocation.leftCoreHours)) : spent === null ? '' : 'spent';

function nameInTree(path: string): string {
  const names = path.split('/');
  return '  '.repeat(names.length - 1) + (names.at(-1) ?? '');
}

function withParents(shares: readonly ShareView[], rowsMax: number): ShareView[] {
  if (shares.length <= rowsMax) return [...shares];
  const shown = new Set<string>();
  const known = new Set(shares.map(({ path }) => path));
  const busiest = [...shares].sort((a, b) => b.useCoreHours - a.useCoreHours || b.readyJobs - a.readyJobs);
  for (const { path } of busiest) {
    const names = path.split('/');
    const way = names.map((_, depth) => names.slice(0, depth + 1).join('/')).filter((each) => known.has(each));
    const added = way.filter((each) => !shown.has(each));
    if (shown.size + added.length > rowsMax) continue;
    for (const each of added) shown.add(each);
  }
  return shares.filter(({ path }) => shown.has(path));
}
