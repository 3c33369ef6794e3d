import type { Template } from '#contracts';
import type { NewReadyClass } from '../ports/upload-store.js';

/** Whose the jobs of a class are: caps of a space and of a user count them. */
export interface ClassOwner {
  space: string;
  /** Name of the workflow's owner. */
  owner: string;
  /** The leaf of the tree of shares that they belong to; null: of an upload from before there were shares. */
  shareId: number | null;
  /** Public id of the workflow, if its policy says how many of its jobs may run at once; else ''. */
  workflow: string;
}

/** The class of a template's jobs. Its key is JSON of what decides, in this order, with lists sorted and distinct. */
export function readyClassOf(template: Template, { space, owner, shareId, workflow }: ClassOwner): NewReadyClass {
  const { transform, resources, placement, limits, command } = template;
  const decisive = {
    transform,
    cores: resources.cores,
    memoryMib: resources.memoryMib,
    gpus: resources.gpus,
    diskMib: resources.diskMib ?? 0,
    walltimeSec: resources.walltimeSec,
    sites: distinct(placement.sites),
    avoidSites: distinct(placement.avoidSites),
    tags: Object.fromEntries(Object.entries(placement.tags).sort(byName)),
    features: command?.image ? ['apptainer'] : [],
    mode: placement.mode,
    preemptible: placement.preemptible,
    limits: distinct(limits),
    space,
    owner,
    shareId,
  };
  // Only where it decides: else every class of before would be another one.
  const key = JSON.stringify({ ...decisive, ...(workflow !== '' && { workflow }) });
  return { key, ...decisive, workflow };
}

const distinct = (names: readonly string[]): string[] => [...new Set(names)].sort();
const byName = ([one]: [string, string], [other]: [string, string]): number => (one < other ? -1 : 1);
