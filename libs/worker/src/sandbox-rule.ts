import type { SandboxRule } from '#contracts';

/** From the one that keeps least apart to the one that keeps most. */
const strictness: readonly SandboxRule[] = ['off', 'auto', 'required'];

/**
 * Whether programs run in a sandbox: as the site says, or as the worker was told where that is stricter.
 * @param worker null: it was told nothing
 */
export function stricterRule(site: SandboxRule, worker: SandboxRule | null): SandboxRule {
  if (worker === null) return site;
  return strictness.indexOf(worker) > strictness.indexOf(site) ? worker : site;
}
