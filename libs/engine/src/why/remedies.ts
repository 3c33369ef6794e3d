/**
 * Owns the commands that help a class that waits. Each can be typed as it stands: it asks for the least that lets one more
 * job go, and changes nothing else.
 */
import type { LimitView } from '#contracts';
import type { ReadyClass } from '../ports/lease-store.js';
import type { WorkerKind } from '../ports/read-store.js';
import type { ShareBook } from '../ports/share-store.js';
import { limitText } from '../ports/wait-store.js';
import type { Gap } from '../read/find-gap.js';
import { quoted } from './paused-wait.js';

const daySec = 86_400;

/** @returns null where no command helps: workers of another kind are needed. */
export function gapRemedy({ cause, obstacle, nearest }: Gap, needs: ReadyClass): string | null {
  if (cause === 'no-worker') return allowsLocal(needs) ? 'sluice up' : workerRemedy(needs);
  if (obstacle === 'closed-site' && nearest) return openRemedy(nearest.site);
  if (obstacle === 'site' || (obstacle === 'tag' && isOfTags(needs))) return workerRemedy(needs);
  if (obstacle === 'ceiling' && nearest) return ceilingRemedy(needs, nearest);
  return null;
}

/** How a text ends that names its remedy. */
export const adviceOf = (remedy: string): string => `: \`${remedy}\` lets it go on`;

export const openRemedy = (site: string): string => `sluice site open ${quoted(site)}`;

/** Workers of `sluice up` are at site local. */
const allowsLocal = ({ sites }: ReadyClass): boolean => sites.length === 0 || sites.includes('local');

/** Another worker helps only against tags that are missing, not against those that are in the way. */
const isOfTags = ({ tags }: ReadyClass): boolean => Object.values(tags).some((value) => !value.startsWith('!'));

/** At the first of its sites, with the tags that it needs. */
function workerRemedy({ sites: [site], tags }: ReadyClass): string {
  const wanted = Object.entries(tags).filter(([, value]) => !value.startsWith('!'));
  const flags = wanted.map(([name, value]) => ` --tags ${quoted(`${name}=${value}`)}`);
  return `sluice worker${site === undefined ? '' : ` --site ${quoted(site)}`}${flags.join('')}`;
}

/** Lifts those ceilings that are too low, and no other. */
function ceilingRemedy(needs: ReadyClass, { site, pullCores, pullMemoryMib }: WorkerKind): string {
  const cores = pullCores !== null && pullCores < needs.cores ? ` --pull-cores ${Math.ceil(needs.cores)}` : '';
  const memory = pullMemoryMib !== null && pullMemoryMib < needs.memoryMib ? ` --pull-memory ${needs.memoryMib}` : '';
  return `sluice site set ${quoted(site)}${cores}${memory}`;
}

/** Room for one more job. */
export function limitRemedy(limit: LimitView, { cores }: ReadyClass): string {
  const { capJobs, usedJobs, capCores, usedCores } = limit;
  const jobs = capJobs !== null && usedJobs >= capJobs ? ` --jobs ${usedJobs + 1}` : '';
  const needed = Math.ceil(usedCores + cores - 1e-6);
  const more = capCores !== null && usedCores + cores > capCores + 1e-6 ? ` --cores ${needed}` : '';
  return `sluice limit set ${quoted(limitText(limit))}${jobs}${more}`;
}

/** An hour more than is used, of the same kind: what is not said would be changed. */
export function allocationRemedy({ path, allocation }: ShareBook, usedCoreHours: number): string {
  const { periodSec = null, strict = true } = allocation ?? {};
  const days = periodSec === null ? '' : ` --days ${Number((periodSec / daySec).toFixed(6))}`;
  const soft = strict ? '' : ' --soft';
  return `sluice share allocate ${quoted(path)} --core-hours ${Math.floor(usedCoreHours) + 1}${days}${soft}`;
}

/**
 * The weight with which a share would not have had too much.
 * @param part what it had, and `target` what it was promised, both of what its parent had
 * @returns null where its own weight is not what decides
 */
export function weightRemedy(
  path: string,
  { weight, part, target }: { weight: number; part: number; target: number },
): string | null {
  if (part <= target || target >= 1) return null;
  const others = weight / target - weight;
  const capped = Math.min(part, partMax);
  const needed = (others * capped) / (1 - capped);
  return needed <= weight ? null : `sluice share set ${quoted(path)} --weight ${Math.ceil(needed - 1e-6)}`;
}

/** Who had everything would need a weight without end. */
const partMax = 0.99;
