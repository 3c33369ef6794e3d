import type { LimitView } from '#contracts';
import { fits } from '../lease/fits.js';
import type { LimitName, ReadyClass } from '../ports/lease-store.js';
import type { WorkerKind } from '../ports/read-store.js';
import { limitText } from '../ports/wait-store.js';

export interface FullLimit {
  limit: LimitView;
  text: string;
}

/** All limits that jobs of a class may be charged to, at the sites of these workers; whether they are set or not. */
export function limitsOf(needs: ReadyClass, kinds: readonly WorkerKind[]): LimitName[] {
  return [
    ...needs.limits.map((name) => ({ kind: 'named' as const, name })),
    { kind: 'space', name: needs.space },
    { kind: 'user', name: needs.owner },
    ...(needs.workflow === '' ? [] : [{ kind: 'workflow' as const, name: needs.workflow }]),
    ...sitesOf(needs, kinds).map((name) => ({ kind: 'site' as const, name })),
  ];
}

/**
 * Which limits leave no room for one more job of a class, wherever it might run, and by how much.
 * @param limits those among limitsOf() that are set
 * @returns them, with a line each; none while there is room at one site at least.
 */
export function findFullLimits(
  needs: ReadyClass,
  kinds: readonly WorkerKind[],
  limits: readonly LimitView[],
): FullLimit[] {
  const full = limits.filter((limit) => isFull(limit, needs));
  const everywhere = full.filter(({ kind }) => kind !== 'site');
  if (everywhere.length > 0) return everywhere.map((limit) => told(limit, needs));
  const closed = fullSites(needs, limits);
  const sites = sitesOf(needs, kinds);
  return sites.length > 0 && sites.every((site) => closed.has(site)) ? [...closed.values()] : [];
}

/** Sites whose own limit leaves no room for one more job of a class, whether there is room elsewhere or not. */
export function fullSites(needs: ReadyClass, limits: readonly LimitView[]): Map<string, FullLimit> {
  const full = limits.filter((limit) => limit.kind === 'site' && isFull(limit, needs));
  return new Map(full.map((limit) => [limit.name, told(limit, needs)]));
}

const told = (limit: LimitView, needs: ReadyClass): FullLimit => ({ limit, text: textOf(limit, needs) });

const sitesOf = (needs: ReadyClass, kinds: readonly WorkerKind[]): string[] => [
  ...new Set(kinds.filter((kind) => fits(needs, kind)).map(({ site }) => site)),
];

const lacksJobs = ({ capJobs, usedJobs }: LimitView): boolean => capJobs !== null && usedJobs >= capJobs;

const isFull = (limit: LimitView, { cores }: ReadyClass): boolean =>
  lacksJobs(limit) || (limit.capCores !== null && limit.usedCores + cores > limit.capCores + 1e-6);

function textOf(limit: LimitView, { cores }: ReadyClass): string {
  const { capJobs, usedJobs, capCores, usedCores } = limit;
  const shown = limitText(limit);
  if (limit.kind === 'workflow' && lacksJobs(limit))
    return `its policy lets ${capJobs} of its jobs run at once: ${usedJobs} are with workers`;
  if (lacksJobs(limit)) return `limit ${shown} is at its cap: ${usedJobs} of ${capJobs} jobs are with workers`;
  const needed = `${cores} ${cores === 1 ? 'core' : 'cores'}`;
  return `needs ${needed}; under limit ${shown} ${usedCores} of ${capCores} cores are with workers`;
}
