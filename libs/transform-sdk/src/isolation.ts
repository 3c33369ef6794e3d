import type { SandboxRule } from '#contracts';

/** A path of the worker's machine that programs in a sandbox see under the same name. */
export interface Bind {
  /** Absolute. */
  readonly path: string;
  readonly writable: boolean;
}

/** A program that starts other programs apart from the worker, or why this machine has none. */
export type Starter = { readonly path: string; readonly options: ReadonlySet<string> } | { readonly missing: string };

/**
 * How a worker keeps the programs of its jobs apart from itself and from one another. Found once, when it starts.
 * Transforms themselves run in the worker: only programs that they start can be kept apart.
 */
export interface Isolation {
  /** Whether programs run in a sandbox: where it works, always or not at all, or never. */
  readonly sandbox: SandboxRule;
  /** bubblewrap, tried on this machine. */
  readonly bwrap: Starter;
  /** Apptainer (or Singularity), tried on this machine: it starts container images. */
  readonly apptainer: Starter;
  /** Seen besides the system's own folders. */
  readonly binds: readonly Bind[];
  /** The binds were cut down to what the space of the job may write to. Left out: they are the worker's. */
  readonly confined?: boolean;
  /** Never seen, also where a bind or a folder of the system would show them: the worker's token and its folder. */
  readonly hidden: readonly string[];
  /** Folder for images that were fetched, shared by the worker's jobs; null: none is kept. */
  readonly imageCache: string | null;
  /** `asked`: only jobs that ask for it have a network; `always`: all have. */
  readonly network: 'asked' | 'always';
}

/** Programs run as the worker does: no sandbox, no images. */
export const noIsolation: Isolation = {
  sandbox: 'off',
  bwrap: { missing: 'nobody looked for bwrap' },
  apptainer: { missing: 'nobody looked for apptainer' },
  binds: [],
  hidden: [],
  imageCache: null,
  network: 'asked',
};
