import type { OpenStack, OpenStackOptions, StackRecord } from './stack-contract.js';

export * from './stack-contract.js';

/**
 * Attaches to the stack of a state folder, or starts one in the background and waits until it is ready.
 * @throws StackFault with the reason in one paragraph; then nothing is left running.
 */
export declare function openStack(options: OpenStackOptions): Promise<OpenStack>;

/** Stops the stack of a state folder. @returns false when none was running. @throws StackFault if it does not end in 20 s. */
export declare function stopStack(stateDir: string): Promise<boolean>;

/** The running stack of a state folder, or null when none runs. */
export declare function readStack(stateDir: string): StackRecord | null;

/** `--state-dir`, else SLUICE_STATE_DIR, else `.sluice` in the checkout (not in the current folder: `last` means the same everywhere). */
export declare function stateDirOf(option: string | undefined): string;
