import type { Template } from '#contracts';
import type { NewReadyClass } from '../ports/upload-store.js';

/**
 * The class of a template's jobs. Its key is JSON of what decides, in this order, with sites sorted and distinct.
 * @param shareId whose they are: classes of two leaves are two, so that brokers can serve one and not the other.
 */
export function readyClassOf({ transform, resources, placement }: Template, shareId: number | null): NewReadyClass {
  const decisive = {
    transform,
    cores: resources.cores,
    memoryMib: resources.memoryMib,
    gpus: resources.gpus,
    diskMib: resources.diskMib ?? 0,
    walltimeSec: resources.walltimeSec,
    sites: [...new Set(placement.sites)].sort(),
    mode: placement.mode,
    shareId,
  };
  return { key: JSON.stringify(decisive), ...decisive };
}
