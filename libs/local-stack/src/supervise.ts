import { truncateSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ControlServer } from './control-server.js';
import { LaunchLock } from './launch-lock.js';
import { keepSecret } from './private-file.js';
import { processStarted } from './process-identity.js';
import { completeSettings } from './settings.js';
import {
  supervisorExit,
  type StackMode,
  type StackProgress,
  type StackRecord,
  type StackSettings,
} from './stack-contract.js';
import { openStateFolder } from './state-folder.js';
import { removeStack, writeStack } from './stack-record.js';
import { Supervisor } from './supervisor.js';
import { hasWorkflowEnded } from './workflow-end.js';

export interface SuperviseOptions {
  stateDir: string;
  mode: StackMode;
  settings?: Partial<StackSettings>;
  startedBy?: string;
}

/**
 * Runs a stack until nobody needs it (mode `run`), someone stops it, or a part of it is beyond hope: the whole life of
 * the supervisor's process. One JSON line per event on stderr.
 * @returns the exit code.
 */
export async function supervise(options: SuperviseOptions): Promise<number> {
  const stateDir = openStateFolder(options.stateDir);
  const lock = await LaunchLock.take(stateDir);
  if (lock === null) return supervisorExit.anotherRuns;
  try {
    return await new Supervision({ ...options, stateDir }).run();
  } finally {
    removeStack(stateDir);
    lock.release();
  }
}

/** One run of a stack. V1 stack.json is there from the moment that holders can connect to the moment all has ended. */
class Supervision {
  private readonly tokenFile: string;
  private readonly token: string;
  private readonly control: ControlServer;
  private readonly supervisor: Supervisor;
  private readonly record: StackRecord;
  private end: (reason: string | null) => void = () => undefined;
  /** Resolves with null when it was asked to stop, else with the reason why it must. */
  private readonly over = new Promise<string | null>((resolve) => (this.end = resolve));

  constructor(private readonly options: SuperviseOptions) {
    const { stateDir } = options;
    this.tokenFile = join(stateDir, 'token');
    this.token = keepSecret(this.tokenFile);
    this.record = {
      pid: process.pid,
      pidStarted: processStarted(process.pid) ?? '',
      url: '',
      tokenFile: this.tokenFile,
      controlPort: 0,
      postgres: null,
      nats: null,
      processes: [],
      startedBy: options.startedBy ?? process.argv.join(' '),
      mode: options.mode,
      ready: false,
    };
    this.control = new ControlServer({
      token: this.token,
      mode: options.mode,
      hasEnded: (workflow) => hasWorkflowEnded({ url: this.record.url, token: this.token, workflow }),
      onStop: () => this.end(null),
      onKeep: () => this.note({ mode: 'up' }),
      onWorkers: (settings) => this.endOnFault(() => this.supervisor.ensureWorkers(settings)),
    });
    this.supervisor = new Supervisor({
      stateDir,
      settings: completeSettings(options.settings),
      tokenFile: this.tokenFile,
      onProgress: (progress) => this.tell(progress),
      onHopeless: (reason) => this.end(`${reason}; it is given up. Its log is in ${join(stateDir, 'logs')}.`),
    });
  }

  async run(): Promise<number> {
    cutLog(join(this.options.stateDir, 'logs', 'supervisor.log'));
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => this.end(null));
    this.note({ controlPort: await this.control.listen() });
    void this.endOnFault(() => this.start());
    const reason = await this.over;
    if (reason !== null) this.control.say({ kind: 'failed', reason });
    log(reason === null ? 'info' : 'fatal', reason ?? 'stopping');
    await this.supervisor.stop();
    log('info', 'stopped');
    removeStack(this.options.stateDir);
    this.control.close();
    return reason === null ? supervisorExit.stopped : supervisorExit.failed;
  }

  private async start(): Promise<void> {
    const { url, postgres, nats } = await this.supervisor.start();
    this.note({ url, postgres, nats, ready: true });
    log('info', 'ready', { url });
    this.control.say({ kind: 'ready', url });
  }

  private async endOnFault(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (cause) {
      this.end(cause instanceof Error ? cause.message : String(cause));
    }
  }

  private tell(progress: StackProgress): void {
    log(progress.state === 'restarting' ? 'warning' : 'info', `${progress.part} ${progress.state}`, { ...progress });
    this.control.say({ kind: 'progress', progress });
    this.note({});
  }

  private note(change: Partial<StackRecord>): void {
    Object.assign(this.record, change, { processes: this.supervisor.processes });
    writeStack(this.options.stateDir, this.record);
  }
}

function log(level: 'info' | 'warning' | 'fatal', message: string, fields: object = {}): void {
  process.stderr.write(
    `${JSON.stringify({ at: new Date().toISOString(), level, service: 'supervisor', message, ...fields })}\n`,
  );
}

const logBytesMax = 1_000_000;

/** Our stderr is appended to this file, so it is emptied rather than put aside. */
function cutLog(path: string): void {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > logBytesMax) truncateSync(path);
}
