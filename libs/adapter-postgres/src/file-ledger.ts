import type { FileRoom, FileView } from '#contracts';
import type { FileBeginning, FileLedger, FilePlace, NeededByAttempt, NewFile, Owner } from '#engine';
import type { Database, Transaction } from './database.js';
import * as queries from './generated/queries.js';

/** A note of bytes on their way holds so long unless it is renewed. */
const pendingSec = 300;

export interface FileCaps {
  /** Of a space that has no cap of its own; null: none. */
  spaceBytesMax: number | null;
}

/** Files in PostgreSQL: the statements of sql/queries/file. Locks: place, file_pending, file, quota of space, of user. */
export class PostgresFileLedger implements FileLedger {
  constructor(
    private readonly database: Database,
    private readonly caps: FileCaps,
  ) {}

  async begin(file: NewFile): Promise<FileBeginning> {
    const known = await this.find(file);
    if (known) return { kind: 'known', file: known };
    const { space, creator, bytes } = file;
    await this.database.run(queries.quotaEnsure, [space, creator.issuer, creator.subject]);
    try {
      const pending = await this.database.transaction('begin file', async (tx) => {
        await take(tx, 'space', ['', space], bytes, this.caps.spaceBytesMax);
        await take(tx, 'user', [creator.issuer, creator.subject], bytes, null);
        return note(tx, file, { bytes, forSec: pendingSec });
      });
      return { kind: 'pending', pending };
    } catch (fault) {
      if (!(fault instanceof NoRoom)) throw fault;
      return { kind: 'over', quota: fault.quota, use: await this.useOf(fault.quota, fault.named) };
    }
  }

  async renew(pending: string): Promise<void> {
    await this.database.run(queries.fileRenew, [pending, pendingSec]);
  }

  async finish(place: FilePlace, pending: string): Promise<FileView | null> {
    const finished = await this.database.transaction('finish file', async (tx) => {
      await tx.run(queries.fileLock, placeColumns(place));
      const [taken] = await tx.run<PendingRow>(queries.filePendingTake, [pending]);
      if (!taken) return false;
      const added = await tx.run(queries.fileAdd, [...placeColumns(place), ...taken]);
      if (added.length === 0) await giveBack(tx, place.space, taken); // another brought the same bytes meanwhile
      return true;
    });
    return finished ? this.find(place) : null;
  }

  giveUp(place: FilePlace, pending: string, removeBytes: () => Promise<void>): Promise<void> {
    return this.database.transaction('give file up', async (tx) => {
      await tx.run(queries.fileLock, placeColumns(place));
      const [taken] = await tx.run<PendingRow>(queries.filePendingTake, [pending]);
      if (!taken) return;
      const [named] = await tx.run<[boolean]>(queries.fileNamed, placeColumns(place));
      if (named?.[0] !== true) await removeBytes();
      await giveBack(tx, place.space, taken);
    });
  }

  async overdue(rowsMax: number): Promise<{ place: FilePlace; pending: string }[]> {
    const rows = await this.database.run<[string, string, string]>(queries.fileOverdue, [rowsMax]);
    return rows.map(([pending, space, sha256]) => ({ pending, place: { space, sha256 } }));
  }

  async find(place: FilePlace): Promise<FileView | null> {
    const [row] = await this.database.run<FileRow>(queries.fileFind, placeColumns(place));
    return row ? viewOf(row) : null;
  }

  async missing(space: string, checksums: readonly string[]): Promise<string[]> {
    const rows = await this.database.run<[string]>(queries.fileMissing, [space, checksums]);
    return rows.map(([sha256]) => sha256);
  }

  async forAttempt(needed: NeededByAttempt): Promise<{ space: string; file: FileView | null } | null> {
    const { session, workflowNo, ordinal, attempt, sha256 } = needed;
    type Row = [space: string, ...(FileRow | [null])];
    const [row] = await this.database.run<Row>(queries.fileForAttempt, [session, workflowNo, ordinal, attempt, sha256]);
    if (!row) return null;
    const [space, ...file] = row;
    return { space, file: file[0] === null ? null : viewOf(file) };
  }

  async used(place: FilePlace): Promise<void> {
    await this.database.run(queries.fileUsed, placeColumns(place));
  }

  async page(
    space: string,
    { before, rows }: { before: string | null; rows: number },
  ): Promise<{ files: FileView[]; last: string }> {
    const found = await this.database.run<FileRow>(queries.filePage, [space, before, rows]);
    return { files: found.map(viewOf), last: found.at(-1)?.[0] ?? '' };
  }

  use(space: string): Promise<FileRoom> {
    return this.useOf('space', ['', space]);
  }

  remove(place: FilePlace): Promise<{ file: FileView; pending: string } | null> {
    return this.database.transaction('remove file', async (tx) => {
      await tx.run(queries.fileLock, placeColumns(place));
      const [row] = await tx.run<FileRow>(queries.fileRemove, placeColumns(place));
      if (!row) return null;
      const file = viewOf(row);
      const { mediaType, createdBy: creator } = file;
      const pending = await note(tx, { ...place, mediaType, creator }, { bytes: null, forSec: 0 });
      await giveBack(tx, place.space, [String(file.bytes), mediaType, creator.issuer, creator.subject]);
      return { file, pending };
    });
  }

  private async useOf(kind: 'space' | 'user', named: readonly [string, string]): Promise<FileRoom> {
    type Row = [files: string, bytes: string, cap: string | null];
    const [row] = await this.database.run<Row>(queries.quotaRead, [kind, ...named]);
    const [files = '0', bytes = '0', cap = null] = row ?? [];
    const usual = kind === 'space' ? this.caps.spaceBytesMax : null;
    return { files: Number(files), bytes: Number(bytes), bytesMax: cap === null ? usual : Number(cap) };
  }
}

/** A quota refused: what the transaction took from others goes back with it. */
class NoRoom extends Error {
  constructor(
    readonly quota: 'space' | 'user',
    readonly named: readonly [issuer: string, name: string],
  ) {
    super(`no room in the quota of ${quota} ${named[1]}`);
  }
}

/** `bytes` is null where the room was given back already: a file was removed. */
type PendingRow = [bytes: string | null, mediaType: string, issuer: string, subject: string];
type FileRow = [
  ...[id: string, sha256: string, bytes: string, mediaType: string, issuer: string, subject: string],
  ...[createdAt: Date, lastUsedAt: Date],
];

const placeColumns = ({ space, sha256 }: FilePlace): [string, Buffer] => [space, Buffer.from(sha256, 'hex')];

async function take(
  tx: Transaction,
  kind: 'space' | 'user',
  named: readonly [string, string],
  bytes: number,
  usualMax: number | null,
): Promise<void> {
  const taken = await tx.run(queries.quotaTake, [kind, ...named, bytes, usualMax]);
  if (taken.length === 0) throw new NoRoom(kind, named);
}

async function giveBack(tx: Transaction, space: string, [bytes, , issuer, subject]: PendingRow): Promise<void> {
  if (bytes === null) return;
  await tx.run(queries.quotaGiveBack, ['space', '', space, bytes]);
  await tx.run(queries.quotaGiveBack, ['user', issuer, subject, bytes]);
}

async function note(
  tx: Transaction,
  { mediaType, creator, ...place }: FilePlace & { mediaType: string; creator: Owner },
  { bytes, forSec }: { bytes: number | null; forSec: number },
): Promise<string> {
  const columns = [bytes, mediaType, creator.issuer, creator.subject, forSec];
  const [row] = await tx.run<[string]>(queries.fileBegin, [...placeColumns(place), ...columns]);
  if (!row) throw new Error('an insert that cannot conflict gave no row');
  return row[0];
}

function viewOf([, sha256, bytes, mediaType, issuer, subject, createdAt, lastUsedAt]: FileRow): FileView {
  return {
    ...{ sha256, bytes: Number(bytes), mediaType, createdBy: { issuer, subject } },
    ...{ createdAt: createdAt.toISOString(), lastUsedAt: lastUsedAt.toISOString() },
  };
}
