import { readControl } from './control-file.js';
import { CgroupGroups } from './cgroup-group.js';
import { findCgroups, preparedGroup } from './find-cgroups.js';
import type { JobGroups } from './job-group.js';
import { SampledGroups } from './sampled-group.js';

let found: JobGroups | undefined;

/**
 * How this worker holds jobs to their limits, found out once: by cgroups where it may make them, else by looking.
 * `SLUICE_CGROUP` in its environment: `off`, or a cgroup of version 2 that was prepared for it.
 */
export function workerGroups(): JobGroups {
  found ??= findGroups(process.env['SLUICE_CGROUP']);
  return found;
}

/** What a worker tells of it at its register: `cgroup1`, `cgroup2`, or nothing where it has to look for itself. */
export function limitFeatures(): string[] {
  const { feature } = workerGroups();
  return feature === null ? [] : [feature];
}

function findGroups(wanted: string | undefined): JobGroups {
  if (wanted === 'off' || process.platform !== 'linux') return new SampledGroups();
  const place = wanted === undefined || wanted === '' ? findCgroups(ownFacts()) : preparedGroup(wanted);
  return place === null ? new SampledGroups() : new CgroupGroups(place);
}

const ownFacts = () => ({
  memberships: readControl('/proc/self/cgroup') ?? '',
  mounts: readControl('/proc/self/mountinfo') ?? '',
  pid: process.pid,
});
