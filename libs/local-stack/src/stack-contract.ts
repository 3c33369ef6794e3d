/** What a stack is made of; each may be overridden by a flag of `up` and `run`. */
export interface StackSettings {
  /** One process per service (gateway, transformer, broker, monitor) instead of all in one. */
  processes: boolean;
  /** How many worker processes to start; 0 for none. */
  workers: number;
  /** Cores that each worker offers. */
  coresPerWorker: number;
  /** Folders or packages with transforms from outside the repository, handed to every worker. */
  transforms: readonly string[];
  /** Port of the gateway on 127.0.0.1; 0 picks a free one. */
  httpPort: number;
}

/** What workers a stack has. */
export type WorkerSettings = Pick<StackSettings, 'workers' | 'coresPerWorker' | 'transforms'>;

/** The parts of a stack, in the order in which they start. */
export const stackParts = ['postgres', 'nats', 'schema', 'services', 'workers'] as const;
export type StackPart = (typeof stackParts)[number];

/**
 * A part begins (`detail` says so when it is something slow), is ready after `tookSec` from its beginning, or ended by
 * itself and is started again.
 */
export type StackProgress =
  | { part: StackPart; state: 'starting'; detail: string }
  | { part: StackPart; state: 'ready'; detail: string; tookSec: number }
  | { part: StackPart; state: 'restarting'; detail: string };

/**
 * How long a stack lives. `up`: until it is stopped. `run`: as long as someone holds it open, or a workflow that it was
 * asked to wait for has not ended.
 */
export type StackMode = 'up' | 'run';

/** A server of the stack, user and password in its url. `place` is null when the environment named it: then it is not ours. */
export interface StackServer {
  url: string;
  place: string | null;
}

/** What <stateDir>/stack.json holds while a stack runs (mode 0600). */
export interface StackRecord {
  /** The supervisor. */
  pid: number;
  /** When `pid` began, as the system tells it, so that a pid used again is not taken for ours. */
  pidStarted: string;
  /** Where the gateway answers; empty until it is ready. */
  url: string;
  tokenFile: string;
  /** Port on 127.0.0.1 where the supervisor takes holds. */
  controlPort: number;
  /** Null until it is ready. */
  postgres: StackServer | null;
  nats: StackServer | null;
  processes: { name: string; pid: number }[];
  startedBy: string;
  mode: StackMode;
  ready: boolean;
}

export interface OpenStackOptions {
  /** Folder that keeps everything: database, streams, logs, token. Made when missing. */
  stateDir: string;
  mode: StackMode;
  /** Used when the stack has to be started; a running one stays as it is, but gets workers if it has none. */
  settings?: Partial<StackSettings>;
  /** Shown in stack.json: the command line that started it. */
  startedBy?: string;
  onProgress?: (progress: StackProgress) => void;
  /** Gives up waiting, and lets go of the stack. */
  signal?: AbortSignal;
}

/** A hold on a running stack. While it is held a stack of mode `run` stays; a process that dies lets go by itself. */
export interface OpenStack {
  /** Address of the gateway, such as http://127.0.0.1:7070. */
  readonly url: string;
  /** The token that every route asks for. */
  readonly token: string;
  /** True when this call started the stack, false when it was there already. */
  readonly started: boolean;
  /** Resolves when the stack is gone though we still hold it: stopped by `down`, or crashed. */
  readonly lost: Promise<void>;
  /** Turns a stack of mode `run` into one that stays, like `up`. The hold remains. */
  keep(): Promise<void>;
  /** Lets go, and has the stack go on until that workflow has ended (or for good when it is `up`). */
  detach(options: { until: string }): Promise<void>;
  /** Lets go. A stack of mode `run` that nobody else holds stops; resolves when it has. Safe to call twice. */
  release(): Promise<void>;
}

/** Exit codes of the supervisor. `anotherRuns`: the state folder has one already. */
export const supervisorExit = { stopped: 0, failed: 1, anotherRuns: 75 } as const;

/** A stack could not start, stop or be reached. The message is one paragraph for a person: what, why, what to do. */
export class StackFault extends Error {
  override readonly name: string = 'StackFault';
}

/** The state folder that was named cannot be used. Its message is lines, the last one what to do. */
export class StateFolderFault extends StackFault {
  override readonly name = 'StateFolderFault';
}
