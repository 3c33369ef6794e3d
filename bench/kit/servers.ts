import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { connectNats, type NatsConnection } from '#adapter-nats';
import { startNats, startPostgres, type RunningServer } from '#local-stack';

/** PostgreSQL and nats-server of one sitting: ours and the peers' runs take turns on them. */
export interface Servers {
  postgres: RunningServer;
  nats: RunningServer;
  /** Folder of this sitting: logs, journals, documents. Gone at the end. */
  folder: string;
  /** A connection of the benchmark itself. */
  natsConnection: NatsConnection;
  stop(): Promise<void>;
}

/** Below the repository, so that copied programs find our packages. */
const scratch = join(import.meta.dirname, '..', '..', '..', 'bench', '.tmp');

export async function startServers(): Promise<Servers> {
  const folder = join(scratch, `sitting-${process.pid}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const postgres = await startPostgres({ stateDir: folder });
  const nats = await startNats({ stateDir: folder });
  const natsConnection = await connectNats({ natsUrl: nats.url, name: 'bench' });
  const stop = async (): Promise<void> => {
    await natsConnection.close();
    await nats.stop();
    await postgres.stop();
    rmSync(dirname(postgres.place), { recursive: true, force: true }); // as root it lies outside our folder
    rmSync(folder, { recursive: true, force: true });
  };
  return { postgres, nats, folder, natsConnection, stop };
}

/** The address of one database of the server. */
export function databaseUrl(servers: Servers, database: string): string {
  const url = new URL(servers.postgres.url);
  url.pathname = `/${database}`;
  return url.href;
}

/** Makes an empty database; one of the same name is dropped first. @param database a name of ours, `[a-z_]+`. */
export async function freshDatabase(servers: Servers, database: 'sluice' | 'floor' | 'peer'): Promise<string> {
  const commands = {
    sluice: ['drop database if exists sluice with (force)', 'create database sluice'],
    floor: ['drop database if exists floor with (force)', 'create database floor'],
    peer: ['drop database if exists peer with (force)', 'create database peer'],
  } as const;
  await onDatabase(servers.postgres.url, async (client) => {
    for (const command of commands[database]) await client.query(command);
  });
  return databaseUrl(servers, database);
}

/** Writes out what earlier runs left dirty, so that no run pays for another's. */
export const settleDisk = (servers: Servers): Promise<void> =>
  onDatabase(servers.postgres.url, async (client) => {
    await client.query('checkpoint');
  });

export async function onDatabase<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
