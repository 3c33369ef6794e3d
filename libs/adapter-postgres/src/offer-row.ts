import type { SiteState } from '#contracts';
import type { WorkerOffer } from '#engine';

/** What a worker offers, as several statements tell it: see session_read.sql. */
export type OfferRow = [
  site: string,
  siteState: SiteState,
  cores: number,
  memoryMib: number,
  gpus: number,
  diskMib: number | null,
  tags: Record<string, string>,
  features: string[],
  transforms: string[],
  walltimeLeftSec: number | null,
  pullCores: number | null,
  pullMemoryMib: number | null,
];

export const offerOf = ([site, siteState, cores, memoryMib, gpus, diskMib, ...rest]: OfferRow): WorkerOffer => {
  const [tags, features, transforms, walltimeLeftSec, pullCores, pullMemoryMib] = rest;
  return {
    ...{ site, siteState, cores, memoryMib, gpus, diskMib, tags, features, transforms, walltimeLeftSec },
    ...{ pullCores, pullMemoryMib },
  };
};
