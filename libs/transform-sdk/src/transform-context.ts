import type { CommandSpec, FileUse, Resources } from '#contracts';
import type { Isolation } from './isolation.js';

/** Who the attempt is. */
export interface JobFacts {
  readonly name: string;
  readonly label: string;
  /** Public id of its workflow. */
  readonly workflow: string;
  /** 1 for the first try. */
  readonly attempt: number;
  /** Position in the document, from 0. */
  readonly ordinal: number;
  readonly vars: Readonly<Record<string, string>>;
}

/** What an attempt used, as far as it is known. Unknown is left out, never 0. */
export interface Usage {
  cpuSec?: number;
  peakMemoryMib?: number;
  exitCode?: number;
  signal?: string;
  /** What to keep of a finished attempt's words, its last 4,000 characters; a failed one's failure tells its own. */
  message?: string;
}

/** Where a transform says what it does: lines of the attempt's own log, which stays at the worker. */
export type TransformLog = (message: string, facts?: Readonly<Record<string, unknown>>) => void;

/** All that a transform sees of the world. One per attempt. */
export interface TransformContext {
  /**
   * Aborted when the attempt must stop: walltime, cancel, or a worker that has to go. `signal.reason` is a JobStopped.
   * Who does not listen is given up after the grace time, and its late outputs are thrown away.
   */
  readonly signal: AbortSignal;
  readonly log: TransformLog;
  readonly job: JobFacts;
  /** The template's command, for transforms that run one. */
  readonly command: CommandSpec | null;
  /** The template's environment: for programs that the transform starts, never set in the worker itself. */
  readonly env: Readonly<Record<string, string>>;
  readonly inputs: readonly FileUse[];
  readonly outputs: readonly FileUse[];
  /** What this attempt may use: cores, memoryMib, walltimeSec. */
  readonly resources: Resources;
  /** The GPUs that are this attempt's alone, as many as it asked for; null at a worker that hands out none. */
  readonly gpuIds: readonly string[] | null;
  /** How programs that the transform starts are to be kept apart. */
  readonly isolation: Isolation;
  /** A folder of this attempt alone, empty, made when first asked for. It outlives the attempt. */
  workFolder(): Promise<string>;
  /** Adds to what is reported about the attempt, whether it fails or not. */
  record(usage: Usage): void;
  /**
   * Transforms share the worker's one thread with its heartbeat. Call this in long loops: it gives way when 10 ms have
   * passed since the last time, and throws the JobStopped once the attempt must stop.
   */
  giveWay(): Promise<void>;
}
