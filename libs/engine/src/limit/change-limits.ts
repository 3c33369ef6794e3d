import type { LimitAnswer, LimitCaps, LimitView } from '#contracts';
import type { LimitName } from '../ports/lease-store.js';
import type { LimitStore } from '../ports/limit-store.js';

export interface LimitPorts {
  limits: LimitStore;
  /** Tells the brokers that there are other limits than before; may be lost. */
  changed: () => void;
}

/** Sets the caps of a limit, whether it is there or not. Lowered below what runs, it lets that end and grants nothing. */
export async function setLimit(
  { limits, changed }: LimitPorts,
  { limit, caps, dryRun }: { limit: LimitName; caps: LimitCaps; dryRun: boolean },
): Promise<LimitAnswer> {
  const before = await limits.read(limit);
  const after = await (dryRun ? limits.rehearse(limit, caps) : limits.set(limit, caps));
  if (!dryRun) changed();
  return { limit: after, was: before && capsOf(before), dryRun };
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

const capsOf = ({ capJobs, capCores }: LimitView): LimitCaps => ({ capJobs, capCores });
