import type { LimitAnswer, LimitCaps, LimitView } from '#contracts';
import type { LimitName } from '../ports/lease-store.js';
import type { LimitStore } from '../ports/limit-store.js';

export interface LimitPorts {
  limits: LimitStore;
  /** Tells the brokers that there are other limits than before; may be lost. */
  changed: () => void;
}

/** Sets caps of a limit, whether it is there or not; those not given stay. Lowered below what runs, it lets that end and grants nothing. */
export async function setLimit(
  { limits, changed }: LimitPorts,
  { limit, given, dryRun }: { limit: LimitName; given: Partial<LimitCaps>; dryRun: boolean },
): Promise<LimitAnswer> {
  const before = await limits.read(limit);
  const caps = { ...(before ? capsOf(before) : noCaps), ...given };
  const after = await (dryRun ? limits.rehearse(limit, caps) : limits.set(limit, caps));
  if (!dryRun) changed();
  return { limit: after, was: before && capsOf(before), dryRun };
}

/** Caps the cores of a limit alone, as quotas do; null takes that cap away, and the limit with it where nothing else caps it. */
export async function capRunningCores(
  ports: LimitPorts,
  { limit, cores, dryRun }: { limit: LimitName; cores: number | null; dryRun: boolean },
): Promise<void> {
  if (cores !== null) {
    await setLimit(ports, { limit, given: { capCores: cores }, dryRun });
    return;
  }
  const before = await ports.limits.read(limit);
  if (before === null) return;
  if (before.capJobs === null) await removeLimit(ports, { limit, dryRun });
  else await setLimit(ports, { limit, given: { capCores: null }, dryRun });
}

/** Removes a limit: nothing is held up by it any more. @returns null when there is none. */
export async function removeLimit(
  { limits, changed }: LimitPorts,
  { limit, dryRun }: { limit: LimitName; dryRun: boolean },
): Promise<LimitAnswer | null> {
  const before = await limits.read(limit);
  if (!before) return null;
  if (!dryRun) {
    await limits.remove(limit);
    changed();
  }
  return { limit: before, was: capsOf(before), dryRun };
}

const noCaps: LimitCaps = { capJobs: null, capCores: null };
const capsOf = ({ capJobs, capCores }: LimitView): LimitCaps => ({ capJobs, capCores });
