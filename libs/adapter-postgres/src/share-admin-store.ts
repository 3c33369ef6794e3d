import type { NewAllocation, ShareAdmin, ShareBook, ShareSettings, ShareTransaction } from '#engine';
import type { Transaction } from './database.js';
import * as queries from './generated/queries.js';
import { makeShare } from './share-leaf.js';
import { bookOf, PostgresShareStore, type BookRow } from './share-store.js';

/** What people change of shares: one transaction at a time, each short. */
export class PostgresShareAdmin extends PostgresShareStore implements ShareAdmin {
  async settings(): Promise<ShareSettings> {
    return settingsOf(await this.database.run<SettingRow>(queries.shareSettings));
  }

  async readyJobs(): Promise<Map<number, number>> {
    return new Map(await this.database.run<[number, number]>(queries.shareReady));
  }

  change<T>({ dryRun }: { dryRun: boolean }, work: (tx: ShareTransaction) => Promise<T>): Promise<T> {
    const locked = async (tx: Transaction): Promise<T> => {
      await tx.run(queries.shareLock);
      return work(new OpenShares(tx));
    };
    return dryRun
      ? this.database.rehearsal('change shares', locked)
      : this.database.transaction('change shares', locked);
  }
}

class OpenShares implements ShareTransaction {
  constructor(private readonly open: Transaction) {}

  async books(): Promise<ShareBook[]> {
    return (await this.open.run<BookRow>(queries.shareBooks)).map(bookOf);
  }

  async settings(): Promise<ShareSettings> {
    return settingsOf(await this.open.run<SettingRow>(queries.shareSettings));
  }

  async setHalfLife(sec: number): Promise<void> {
    await this.open.run(queries.shareSetHalfLife, [sec]);
  }

  async make(path: string): Promise<void> {
    await makeShare(this.open, path);
  }

  async setWeight(path: string, weight: number): Promise<void> {
    await this.open.run(queries.shareSetWeight, [path, weight]);
  }

  async setAllocation(path: string, allocation: NewAllocation | null, period: 'anew' | 'goes on'): Promise<void> {
    const { coreHours = null, periodSec = null, strict = true } = allocation ?? {};
    await this.open.run(queries.shareSetAllocation, [path, coreHours, periodSec, strict, period === 'anew']);
  }

  async giveSpace(space: string, path: string | null): Promise<void> {
    if (path === null) await this.open.run(queries.shareTakeSpace, [space]);
    else await this.open.run(queries.shareGiveSpace, [space, path]);
  }

  async belongings(path: string): Promise<{ shares: number; workflows: number }> {
    const [row] = await this.open.run<[number, number]>(queries.shareBelongings, [path]);
    const [shares, workflows] = row ?? [0, 0];
    return { shares, workflows };
  }

  async remove(path: string): Promise<void> {
    await this.open.run(queries.shareRemove, [path]);
  }

  async noteReport(site: string, report: string, coreSec: number): Promise<boolean> {
    return (await this.open.run(queries.shareNoteReport, [site, report, coreSec])).length > 0;
  }

  async addOutside(site: string, use: readonly { path: string; coreSec: number }[]): Promise<void> {
    const columns = [use.map(({ path }) => path), use.map(({ coreSec }) => coreSec)];
    await this.open.run(queries.shareAddOutside, [site, ...columns]);
  }
}

type SettingRow = [halfLifeSec: number, space: string | null, path: string | null];

function settingsOf(rows: SettingRow[]): ShareSettings {
  const [[halfLifeSec] = [NaN]] = rows;
  if (Number.isNaN(halfLifeSec)) throw new Error('share_setting has no row: the migration makes it');
  return {
    halfLifeSec,
    spaces: new Map(rows.flatMap(([, space, path]) => (space === null || path === null ? [] : [[space, path]]))),
  };
}
