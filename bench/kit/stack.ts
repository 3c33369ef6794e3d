import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { SluiceClient } from '#client';
import { streams } from '#contracts';
import { freshDatabase, type Servers } from './servers.js';
import { Service } from './service.js';

/** The services, one process each, as production runs them. */
const serviceNames = ['gateway', 'transformer', 'broker', 'monitor'] as const;

export interface WorkerSettings {
  workers: number;
  /** Cores each worker offers: as many jobs run at once. */
  coresPerWorker: number;
}

/** Our services on an empty database and empty streams, without workers until they are asked for. */
export class Stack {
  private constructor(
    readonly url: string,
    readonly token: string,
    readonly databaseUrl: string,
    readonly client: SluiceClient,
    readonly services: Service[],
    private readonly servers: Servers,
    readonly tokenFile: string,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  static async start(servers: Servers): Promise<Stack> {
    const databaseUrl = await freshDatabase(servers, 'sluice');
    await dropStreams(servers);
    const url = `http://127.0.0.1:${await freePort()}`;
    const token = randomBytes(24).toString('hex');
    const tokenFile = join(servers.folder, 'token');
    writeFileSync(tokenFile, token, { mode: 0o600 });
    const env = {
      ...process.env,
      DATABASE_URL: databaseUrl,
      NATS_URL: servers.nats.url,
      SLUICE_HTTP_HOST: '127.0.0.1',
      SLUICE_HTTP_PORT: new URL(url).port,
      SLUICE_TOKEN_FILE: tokenFile,
    };
    const logDir = servers.folder;
    await Service.complete({ app: 'migrate', name: 'migrate', env, logDir });
    const services = await Promise.all(serviceNames.map((app) => Service.start({ app, name: app, env, logDir })));
    const client = new SluiceClient({ url, token });
    return new Stack(url, token, databaseUrl, client, services, servers, tokenFile, env);
  }

  /** Starts workers and waits until they are registered. They stop with the stack. */
  async startWorkers({ workers, coresPerWorker }: WorkerSettings): Promise<void> {
    const env = { ...process.env, SLUICE_URL: this.url, SLUICE_TOKEN_FILE: this.tokenFile };
    const starts = Array.from({ length: workers }, (_, i) => {
      const name = `worker-${i + 1}`;
      const workDir = join(this.servers.folder, name);
      mkdirSync(workDir, { recursive: true });
      const args = [`--name=${name}`, `--cores=${coresPerWorker}`, `--work-dir=${workDir}`];
      return Service.start({ app: 'worker', name, args, env, logDir: this.servers.folder });
    });
    this.services.push(...(await Promise.all(starts)));
  }

  service(name: string): Service {
    const service = this.services.find((each) => each.name === name);
    if (service === undefined) throw new Error(`no service ${name}`);
    return service;
  }

  /** Ends a service and starts it anew after a while. */
  async outage(name: 'gateway' | 'broker', outageMs: number): Promise<void> {
    await this.service(name).stop();
    await sleep(outageMs);
    const service = await Service.start({ app: name, name, env: this.env, logDir: this.servers.folder });
    this.services.splice(this.services.indexOf(this.service(name)), 1, service);
  }

  /** Stops everything that was started here; the servers stay. */
  async stop(): Promise<void> {
    await this.client.close();
    const workersFirst = [...this.services].reverse();
    for (const service of workersFirst) await service.stop();
  }
}

/** Runs `work` on a stack of its own and stops it, whatever happens. */
export async function withStack<T>(servers: Servers, work: (stack: Stack) => Promise<T>): Promise<T> {
  const stack = await Stack.start(servers);
  try {
    return await work(stack);
  } finally {
    await stack.stop();
  }
}

/** What an earlier run left in the streams belongs to a database that is gone. */
async function dropStreams(servers: Servers): Promise<void> {
  const manager = await jetstreamManager(servers.natsConnection);
  const names = await manager.streams.names().next();
  for (const name of Object.values(streams)) if (names.includes(name)) await manager.streams.delete(name);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
