import type { NewReadyClass, ReadyClass } from '#engine';

/** A row of ready_class as JSON. */
export interface ClassRow {
  id: number;
  transform: string;
  cores: number;
  memory_mib: number;
  disk_mib: number;
  gpus: number;
  walltime_sec: number | null;
  sites: string[];
  avoid_sites: string[];
  tags: Record<string, string>;
  features: string[];
  mode: string;
  preemptible: boolean;
  limits: string[];
  space: string;
  owner: string;
  share_id: number | null;
  workflow: string;
}

export const classOf = (row: ClassRow): ReadyClass => ({
  ...{ id: row.id, transform: row.transform, cores: row.cores, memoryMib: row.memory_mib, diskMib: row.disk_mib },
  ...{ gpus: row.gpus, walltimeSec: row.walltime_sec, sites: row.sites, avoidSites: row.avoid_sites },
  ...{ tags: row.tags, features: row.features, mode: row.mode, preemptible: row.preemptible },
  ...{ limits: row.limits, space: row.space, owner: row.owner, shareId: row.share_id },
  workflow: row.workflow,
});

/** The row of a class that has no id yet. */
export const rowOf = (needs: NewReadyClass): Omit<ClassRow, 'id'> => ({
  ...{ transform: needs.transform, cores: needs.cores, memory_mib: needs.memoryMib, disk_mib: needs.diskMib },
  ...{ gpus: needs.gpus, walltime_sec: needs.walltimeSec, sites: needs.sites, avoid_sites: needs.avoidSites },
  ...{ tags: needs.tags, features: needs.features, mode: needs.mode, preemptible: needs.preemptible },
  ...{ limits: needs.limits, space: needs.space, owner: needs.owner, share_id: needs.shareId },
  workflow: needs.workflow,
});
