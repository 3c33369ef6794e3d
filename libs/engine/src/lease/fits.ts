import type { SiteState } from '#contracts';

/** What jobs of one class ask of a worker. */
export interface ClassNeeds {
  transform: string;
  cores: number;
  memoryMib: number;
  gpus: number;
  /** Null: no limit is set, so any worker's time will do. */
  walltimeSec: number | null;
  /** Empty: any. */
  sites: string[];
  mode: string;
}

/** What a worker has when it is empty. */
export interface WorkerOffer {
  site: string;
  siteState: SiteState;
  cores: number;
  memoryMib: number;
  gpus: number;
  /** Null: unknown, taken as enough. */
  diskMib: number | null;
  /** Its own before those of its site. */
  tags: Readonly<Record<string, string>>;
  features: readonly string[];
  /** What its site lets pull workers take, whatever they have; null: no ceiling. */
  pullCores: number | null;
  pullMemoryMib: number | null;
  /** `name@version` each. */
  transforms: string[];
  /** Seconds until it must be gone; null: no end. */
  walltimeLeftSec: number | null;
}

/** Whether a worker could run jobs of a class when it is empty: who grants and who explains ask the same. */
export function fits(needs: ClassNeeds, offer: WorkerOffer): boolean {
  return (
    offer.siteState === 'open' &&
    isUnderCeiling(needs, offer) &&
    needs.mode !== 'push' &&
    needs.cores <= offer.cores &&
    needs.memoryMib <= offer.memoryMib &&
    needs.gpus === 0 &&
    lasts(needs, offer) &&
    (needs.sites.length === 0 || needs.sites.includes(offer.site)) &&
    offer.transforms.some((each) => offers(each, needs.transform))
  );
}

/** `command@1` offers `command` and `command@1`. */
export const offers = (offer: string, wanted: string): boolean =>
  offer === wanted || (offer.startsWith(wanted) && offer.charAt(wanted.length) === '@');

/** Whether the worker's site lets workers like it take jobs of a class at all. */
const isUnderCeiling = (needs: ClassNeeds, { pullCores, pullMemoryMib }: WorkerOffer): boolean =>
  needs.cores <= (pullCores ?? Infinity) && needs.memoryMib <= (pullMemoryMib ?? Infinity);

const lasts = ({ walltimeSec }: ClassNeeds, { walltimeLeftSec }: WorkerOffer): boolean =>
  walltimeSec === null || walltimeLeftSec === null || walltimeSec <= walltimeLeftSec;
