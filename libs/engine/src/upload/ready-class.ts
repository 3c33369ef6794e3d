import type { Template } from '#contracts';
import type { NewReadyClass } from '../ports/upload-store.js';

/** The class of a template's jobs. Its key is JSON of what decides, in this order, with sites sorted and distinct. */
export function readyClassOf({ transform, resources, placement }: Template): NewReadyClass {
  const decisive = {
    transform,
    cores: resources.cores,
    memoryMib: resources.memoryMib,
    gpus: resources.gpus,
    diskMib: resources.diskMib ?? 0,
    walltimeSec: resources.walltimeSec,
    sites: [...new Set(placement.sites)].sort(),
    mode: placement.mode,
  };
  return { key: JSON.stringify(decisive), ...decisive };
}
