import type { SandboxRule, SiteSettings, SiteState, SiteView, WorkerView } from '#contracts';
import type { OrderedHow, OrderNote, SiteRow, SiteStore, SiteTransaction, WorkerSelection } from '#engine';
import type { Database, Transaction } from './database.js';
import * as queries from './generated/queries.js';

type Tags = Record<string, string>;
type SettingsRow = [
  ...[name: string, state: SiteState, tags: Tags, pullCores: number | null, pullMemoryMib: number | null],
  ...[suspectSec: number | null, orphanSec: number | null, cutOffStopSec: number | null, sandbox: SandboxRule],
];
type ViewRow = [
  ...SettingsRow,
  ...[note: string, orderedBy: string, orderedHow: OrderedHow, orderedAt: Date],
  ...[workers: number, suspect: number, cores: number, memoryMib: number, leased: number],
  ...[late: number, duplicate: number, stale: number],
];
type WorkerRow = [
  ...[session: string, site: string, worker: string, state: WorkerView['state'], cores: number, memoryMib: number],
  ...[gpus: number, diskMib: number | null, tags: Tags, features: string[], transforms: string[]],
  ...[workDir: string | null, leased: number, walltimeLeftSec: number | null, silentSec: number],
  ...[registeredAt: Date, endedAt: Date | null, ordered: WorkerView['ordered'], note: string, orderedBy: string],
  orderedAt: Date | null,
];

/** Sites in PostgreSQL: the statements of sql/queries/site. */
export class PostgresSiteStore implements SiteStore {
  constructor(private readonly database: Database) {}

  async list(names?: readonly string[]): Promise<SiteView[]> {
    return (await this.database.run<ViewRow>(queries.siteList, [names ?? null, null, null])).map(viewOf);
  }

  async page({ after, rows }: { after: string | null; rows: number }): Promise<SiteView[]> {
    return (await this.database.run<ViewRow>(queries.siteList, [null, after, rows])).map(viewOf);
  }

  change<T>({ dryRun }: { dryRun: boolean }, work: (tx: SiteTransaction) => Promise<T>): Promise<T> {
    const within = (tx: Transaction): Promise<T> => work(new PostgresSiteTransaction(tx));
    return dryRun ? this.database.rehearsal('sites', within) : this.database.transaction('sites', within);
  }

  async remove(name: string, { dryRun }: { dryRun: boolean }): Promise<boolean> {
    const within = async (tx: Transaction): Promise<boolean> => (await tx.run(queries.siteRemove, [name])).length > 0;
    return dryRun ? this.database.rehearsal('site', within) : this.database.transaction('site', within);
  }

  async workers(selection: WorkerSelection): Promise<WorkerView[]> {
    return workersOn(this.database, selection);
  }

  orderWorker(
    { session, verb, note, by }: OrderNote & { session: string; verb: 'drain' | 'stop' },
    { dryRun }: { dryRun: boolean },
  ): Promise<{ worker: WorkerView; changed: boolean } | null> {
    const within = async (tx: Transaction): Promise<{ worker: WorkerView; changed: boolean } | null> => {
      const changed = (await tx.run(queries.workerOrder, [session, verb, note, by])).length > 0;
      const [worker] = await workersOn(tx, { ...anyWorker, sessions: [session], rows: 1 });
      return worker ? { worker, changed } : null;
    };
    return dryRun ? this.database.rehearsal('worker', within) : this.database.transaction('worker', within);
  }
}

const anyWorker: Omit<WorkerSelection, 'sessions' | 'rows'> = {
  ...{ sites: null, after: '0', states: ['live', 'suspect', 'draining', 'ended', 'lost'] },
};

class PostgresSiteTransaction implements SiteTransaction {
  constructor(private readonly tx: Transaction) {}

  async lock(names: readonly string[]): Promise<(SiteRow & { orderedHow: OrderedHow })[]> {
    const rows = await this.tx.run<[...SettingsRow, orderedHow: OrderedHow]>(queries.siteLock, [names]);
    return rows.map((row) => ({ ...siteOf(row), orderedHow: row[9] }));
  }

  async write(sites: readonly SiteRow[], { note, by, how }: OrderNote & { how: OrderedHow }): Promise<void> {
    await this.tx.run(queries.siteWrite, [JSON.stringify(sites), note, by, how]);
  }

  async views(names: readonly string[]): Promise<SiteView[]> {
    return (await this.tx.run<ViewRow>(queries.siteList, [names, null, null])).map(viewOf);
  }

  async lockFile(): Promise<string | null> {
    await this.tx.command('lock table site_file in share row exclusive mode');
    const [row] = await this.tx.run<[string]>(queries.siteFileRead);
    return row?.[0] ?? null;
  }

  async noteFile(hash: string): Promise<void> {
    await this.tx.run(queries.siteFileNote, [hash]);
  }
}

async function workersOn(on: Pick<Transaction, 'run'>, selection: WorkerSelection): Promise<WorkerView[]> {
  const { sites, states, after, rows, sessions } = selection;
  return (await on.run<WorkerRow>(queries.workerList, [sites, states, after, rows, sessions])).map(workerOf);
}

type Settings = SiteSettings & { name: string };

function siteOf(row: readonly [...SettingsRow, ...unknown[]]): Settings {
  const [name, state, tags, pullCores, pullMemoryMib, suspectSec, orphanSec, cutOffStopSec, sandbox] = row;
  return { name, state, tags, pullCores, pullMemoryMib, suspectSec, orphanSec, cutOffStopSec, sandbox };
}

function viewOf(row: ViewRow): SiteView {
  const [note, orderedBy, orderedHow, orderedAt, ...counts] = row.slice(9) as [
    ...[string, string, OrderedHow, Date],
    ...[...[number, number, number, number, number], ...[number, number, number]],
  ];
  const [workers, suspect, cores, memoryMib, leased, late, duplicate, stale] = counts;
  return {
    ...siteOf(row),
    ...{ note, orderedBy, orderedHow, orderedAt: orderedAt.toISOString() },
    ...{ workers, suspect, cores, memoryMib, leased, reports: { late, duplicate, stale } },
  };
}

function workerOf(row: WorkerRow): WorkerView {
  const [session, site, worker, state, cores, memoryMib, gpus, diskMib, tags, features, transforms, ...rest] = row;
  const [workDir, leased, walltimeLeftSec, silentSec, registeredAt, endedAt, ordered, note, orderedBy, orderedAt] =
    rest;
  return {
    ...{ session, site, worker, state, cores, memoryMib, gpus, diskMib, tags, features, transforms },
    ...{ workDir, leased, walltimeLeftSec, silentSec, ordered, note, orderedBy },
    registeredAt: registeredAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
    orderedAt: orderedAt?.toISOString() ?? null,
  };
}
