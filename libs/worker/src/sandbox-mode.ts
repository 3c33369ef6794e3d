import { sandboxModes, type SandboxMode } from '#transform-sdk';

/** From the one that keeps least apart to the one that keeps most. */
const strictness: readonly SandboxMode[] = ['off', 'auto', 'required'];

/**
 * Whether programs run in a sandbox: as the site says, or as the worker was told where that is stricter.
 * @param worker null: it was told nothing
 */
export function stricterMode(site: SandboxMode, worker: SandboxMode | null): SandboxMode {
  if (worker === null) return site;
  return strictness.indexOf(worker) > strictness.indexOf(site) ? worker : site;
}

/** @returns null when the text names none */
export const sandboxModeOf = (text: string): SandboxMode | null => sandboxModes.find((mode) => mode === text) ?? null;
