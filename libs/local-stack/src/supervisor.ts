import { totalmem } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { KeptAlive, type Running } from './kept-alive.js';
import { LogFile } from './log-file.js';
import { NodeService } from './node-service.js';
import { hiddenPaths, openedFoldersFile, openTools } from './opened-folders.js';
import { programOf } from './programs.js';
import { SchemaMark } from './schema-mark.js';
import {
  StackFault,
  type StackPart,
  type StackProgress,
  type StackServer,
  type StackSettings,
  type WorkerSettings,
} from './stack-contract.js';
import { startNats } from './start-nats.js';
import { startPostgres, type RunningServer } from './start-postgres.js';

export interface SupervisorOptions {
  stateDir: string;
  settings: StackSettings;
  tokenFile: string;
  onProgress: (progress: StackProgress) => void;
  /** Something ended that cannot be kept alive. */
  onHopeless: (reason: string) => void;
}

export interface StackAddresses {
  /** The gateway. */
  url: string;
  postgres: StackServer;
  nats: StackServer;
}

/** Each is a process of its own with `processes`; else they are one, `all`. */
const services = ['gateway', 'transformer', 'broker', 'monitor'] as const;
/** Times that services are started while others take their port. */
const startsMax = 5;

/**
 * Starts a stack part by part, keeps every part alive, and ends it in the reverse order.
 * S1 A part starts only when those it needs are ready. S2 After stop() nothing of ours runs.
 */
export class Supervisor {
  private readonly running: KeptAlive<Running>[][] = [];
  private readonly stopped = new AbortController();
  private starting: Promise<unknown> = Promise.resolve();
  private gatewayUrl = '';
  private workerCount = 0;

  constructor(private readonly options: SupervisorOptions) {}

  /** @throws StackFault with the reason; stop() then ends what was started. */
  start(): Promise<StackAddresses> {
    const addresses = this.startParts();
    this.starting = addresses.catch(() => undefined);
    return addresses;
  }

  /** Starts workers if there are none: a stack that was opened only to be read has none. After start(). */
  async ensureWorkers(settings: WorkerSettings): Promise<void> {
    if (this.workerCount > 0) return;
    this.workerCount = settings.workers;
    const begun = this.timed('workers', () => this.startWorkers(settings));
    this.starting = begun.catch(() => undefined);
    await begun;
  }

  /** Ends everything, also a start that is under way. Safe to call twice. */
  async stop(): Promise<void> {
    this.stopped.abort(new StackFault('the stack was stopped while it started'));
    await this.starting;
    for (let part = this.running.pop(); part !== undefined; part = this.running.pop()) {
      await Promise.all(part.map((each) => each.stop()));
    }
  }

  /** What runs now, for stack.json. */
  get processes(): { name: string; pid: number }[] {
    return this.running.flat().map((each) => ({ name: each.name, pid: each.pid }));
  }

  private async startParts(): Promise<StackAddresses> {
    const { stateDir, settings, tokenFile } = this.options;
    const signal = this.stopped.signal;
    const onSlow = (detail: string) => this.options.onProgress({ part: 'nats', state: 'starting', detail });
    const postgres = await this.server('postgres', process.env['DATABASE_URL'], (port) =>
      startPostgres({ stateDir, port, signal }),
    );
    const nats = await this.server('nats', process.env['NATS_URL'], (port) =>
      startNats({ stateDir, port, signal, onSlow }),
    );
    const env = {
      ...process.env,
      DATABASE_URL: postgres.url,
      NATS_URL: nats.url,
      ...(nats.place !== null && { NATS_MONITOR_URL: 'none' }), // its configuration is ours
      SLUICE_TOKEN_FILE: tokenFile,
      SLUICE_HTTP_HOST: '127.0.0.1',
      SLUICE_FILE_STORE: process.env['SLUICE_FILE_STORE'] || join(stateDir, 'files'),
    };
    const schema = new SchemaMark({ postgres, nats });
    if (schema.isSet()) {
      this.options.onProgress({ part: 'schema', state: 'ready', detail: 'as this build left it', tookSec: 0 });
    } else {
      await this.timed('schema', () => this.migrate(env));
      schema.set();
    }
    const httpPort = await this.timed('services', () => this.startOnFreePort(env, settings.httpPort));
    const url = `http://127.0.0.1:${httpPort}`;
    this.gatewayUrl = url;
    this.workerCount = settings.workers;
    await this.timed('workers', () => this.startWorkers(settings));
    return { url, postgres, nats };
  }

  private async server(
    part: 'postgres' | 'nats',
    given: string | undefined,
    start: (port?: number) => Promise<RunningServer>,
  ): Promise<StackServer> {
    if (given !== undefined && given !== '') {
      this.options.onProgress({ part, state: 'ready', detail: 'named by the environment', tookSec: 0 });
      return { url: given, place: null };
    }
    return this.timed(part, async () => {
      let port: number | undefined;
      // It comes back on the port where its clients look for it.
      const kept = this.keepAlive(part, part, async () => {
        const server = await start(port);
        port ??= server.port;
        if (server.port === port) return server;
        await server.stop();
        throw new StackFault(`${part} could not have its port ${port} back`);
      });
      this.running.push([kept]);
      const { url, place, detail } = await kept.begin();
      return { detail, result: { url, place } };
    });
  }

  private async migrate(env: NodeJS.ProcessEnv): Promise<Started<void>> {
    const said = await NodeService.complete({
      name: 'migrate',
      program: programOf('migrate'),
      env,
      log: this.log('migrate'),
      signal: this.stopped.signal,
    });
    const { schema } = (said ?? {}) as { schema?: string };
    return { detail: schema ?? 'up to date', result: undefined };
  }

  /** Another program, such as another stack, may take the port between our look and the gateway's. @returns the port */
  private async startOnFreePort(env: NodeJS.ProcessEnv, wish: number): Promise<Started<number>> {
    for (let start = 1; ; start += 1) {
      const port = await freePort(start === 1 ? wish : 0);
      try {
        const { detail } = await this.startServices({ ...env, SLUICE_HTTP_PORT: String(port) });
        return { detail, result: port };
      } catch (fault) {
        if (start === startsMax || !String(fault).includes('EADDRINUSE')) throw fault;
        await Promise.all((this.running.pop() ?? []).map((each) => each.stop()));
      }
    }
  }

  private async startServices(env: NodeJS.ProcessEnv): Promise<Started<void>> {
    const names = this.options.settings.processes ? services : (['all'] as const);
    await this.startTogether(
      names.map((name) =>
        this.keepAlive('services', name, () => this.service(name, { program: programOf(name), env })),
      ),
    );
    return { detail: services.join(' '), result: undefined };
  }

  /** A worker knows the gateway and nothing else: neither database nor NATS. */
  private async startWorkers(settings: WorkerSettings): Promise<Started<void>> {
    const { stateDir, tokenFile } = this.options;
    const env: NodeJS.ProcessEnv = { ...process.env, SLUICE_URL: this.gatewayUrl, SLUICE_TOKEN_FILE: tokenFile };
    delete env['DATABASE_URL'];
    delete env['NATS_URL'];
    openTools(stateDir, process.env['PATH'] ?? '');
    const names = Array.from({ length: settings.workers }, (_, at) => `worker-${at + 1}`);
    await this.startTogether(
      names.map((name) =>
        this.keepAlive('workers', name, () =>
          this.service(name, { program: programOf('worker'), args: workerArgs({ name, stateDir, settings }), env }),
        ),
      ),
    );
    return {
      detail: names.length === 0 ? 'none' : `local x${names.length}, ${settings.coresPerWorker} cores each`,
      result: undefined,
    };
  }

  /** Known before they begin, so that stop() ends those that came up when another did not. */
  private async startTogether(part: KeptAlive<Running>[]): Promise<void> {
    this.running.push(part);
    await allOf(part.map((each) => each.begin()));
  }

  private service(
    name: string,
    how: { program: string; args?: string[]; env: NodeJS.ProcessEnv },
  ): Promise<NodeService> {
    return NodeService.start({ name, ...how, log: this.log(name), signal: this.stopped.signal });
  }

  private keepAlive<R extends Running>(part: StackPart, name: string, start: () => Promise<R>): KeptAlive<R> {
    return new KeptAlive({
      name,
      start,
      onRestart: (detail) => this.options.onProgress({ part, state: 'restarting', detail }),
      onHopeless: this.options.onHopeless,
    });
  }

  private async timed<T>(part: StackPart, start: () => Promise<Started<T>>): Promise<T> {
    this.stopped.signal.throwIfAborted();
    this.options.onProgress({ part, state: 'starting', detail: '' });
    const since = performance.now();
    const { detail, result } = await start();
    this.options.onProgress({ part, state: 'ready', detail, tookSec: (performance.now() - since) / 1_000 });
    return result;
  }

  private log(name: string): LogFile {
    return new LogFile(join(this.options.stateDir, 'logs'), name);
  }
}

/** Waits for all to end, well or not, before the first fault is thrown: nothing goes on behind our back. */
async function allOf(tasks: Promise<unknown>[]): Promise<void> {
  const ended = await Promise.allSettled(tasks);
  const failed = ended.find((each) => each.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

interface Started<T> {
  /** What to tell a person about it. */
  detail: string;
  result: T;
}

function workerArgs(worker: { name: string; stateDir: string; settings: WorkerSettings }): string[] {
  const { stateDir } = worker;
  return [
    `--name=${worker.name}`,
    `--cores=${worker.settings.coresPerWorker}`,
    `--work-dir=${join(stateDir, 'workers', worker.name)}`,
    ...(worker.settings.workers > 1 ? [`--memory-mib=${memoryShareMib(worker.settings.workers)}`] : []),
    ...worker.settings.transforms.map((transforms) => `--transforms=${transforms}`),
    `--binds-file=${openedFoldersFile(stateDir)}`,
    ...hiddenPaths(stateDir).map((path) => `--hide=${path}`),
  ];
}

/** Workers on one machine share its memory; one alone finds out by itself. */
function memoryShareMib(workers: number): number {
  const bytes = Math.min(totalmem(), process.constrainedMemory() || totalmem());
  return Math.floor((bytes * 0.9) / workers / 1_048_576);
}
