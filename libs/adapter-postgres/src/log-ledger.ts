import type { AttemptRef, KeptLog, LogBeginning, LogLedger, NewLog, PlacedLog } from '#engine';
import type { Database } from './database.js';
import * as queries from './generated/queries.js';

/** A note of a log on its way holds so long: logs are small, and a worker does not wait longer for one. */
const pendingSec = 300;

export interface LogCaps {
  /** Of a space that has no cap of its own; null: none. */
  spaceLogBytesMax: number | null;
}

/** Full logs in PostgreSQL: the statements of sql/queries/log. Locks: attempt_log, quota of the space. */
export class PostgresLogLedger implements LogLedger {
  constructor(
    private readonly database: Database,
    private readonly caps: LogCaps,
  ) {}

  begin(log: NewLog): Promise<LogBeginning> {
    const { session, sha256, bytes, stdoutBytes } = log;
    const params = [session, ...columnsOf(log), sha256, bytes, stdoutBytes, pendingSec];
    return this.database.transaction('begin log', async (tx): Promise<LogBeginning> => {
      const [row] = await tx.run<BegunRow>(queries.logBegin, params);
      if (!row) return { kind: 'none' };
      const [space, workflow, isNew, isSame, isThere, leftOut] = row;
      const pending: LogBeginning = { kind: 'pending', place: placeOf({ ...log, space, workflow, sha256 }) };
      if (!isNew) {
        if (leftOut === true) return { kind: 'leftOut' };
        if (isSame !== true) return { kind: 'differs' };
        return isThere === true ? { kind: 'kept' } : pending; // its room is taken
      }
      await tx.run(queries.logQuotaEnsure, [space]);
      const taken = await tx.run(queries.logTake, [space, bytes, this.caps.spaceLogBytesMax]);
      if (taken.length > 0) return pending;
      await tx.run(queries.logLeaveOut, columnsOf(log));
      return { kind: 'leftOut' };
    });
  }

  async finish(log: NewLog): Promise<boolean> {
    return (await this.database.run(queries.logFinish, [...columnsOf(log), log.sha256])).length > 0;
  }

  remove(log: AttemptRef, { pending }: { pending: boolean }, removeBytes: () => Promise<void>): Promise<void> {
    return this.database.transaction('remove log', async (tx) => {
      const [row] = await tx.run<[space: string, bytes: string]>(queries.logRemove, [...columnsOf(log), pending]);
      if (!row) return;
      await removeBytes();
      await tx.run(queries.logGiveBack, row);
    });
  }

  async overdue(rowsMax: number): Promise<PlacedLog[]> {
    return (await this.database.run<PlacedRow>(queries.logOverdue, [rowsMax])).map(placedOf);
  }

  async archived(rowsMax: number): Promise<PlacedLog[]> {
    return (await this.database.run<PlacedRow>(queries.logArchived, [rowsMax])).map(placedOf);
  }

  async ofJob(workflowNo: string, ordinal: number): Promise<KeptLog[]> {
    const rows = await this.database.run<KeptRow>(queries.logOfJob, [workflowNo, ordinal]);
    return rows.map(([attempt, space, workflow, sha256, bytes, stdoutBytes, leftOut, createdAt]) => ({
      ...{ attempt, leftOut, createdAt, bytes: Number(bytes), stdoutBytes: Number(stdoutBytes) },
      place: placeOf({ ordinal, attempt, space, workflow, sha256 }),
    }));
  }
}

type BegunRow = [
  ...[space: string, workflow: string, isNew: boolean],
  ...[isSame: boolean | null, isThere: boolean, leftOut: boolean | null],
];
type PlacedRow = [workflowNo: string, ordinal: number, attempt: number, space: string, workflow: string];
type KeptRow = [
  ...[attempt: number, space: string, workflow: string, sha256: string],
  ...[bytes: string, stdoutBytes: string, leftOut: boolean, createdAt: Date],
];

const columnsOf = ({ workflowNo, ordinal, attempt }: AttemptRef): [string, number, number] => [
  ...([workflowNo, ordinal, attempt] as const),
];

/** Its place is named by its attempt, so nothing shares it. */
const placeOf = (log: {
  space: string;
  workflow: string;
  ordinal: number;
  attempt: number;
  sha256?: string;
}): KeptLog['place'] => ({
  space: log.space,
  sha256: log.sha256 ?? '',
  log: { workflow: log.workflow, ordinal: log.ordinal, attempt: log.attempt },
});

function placedOf([workflowNo, ordinal, attempt, space, workflow]: PlacedRow): PlacedLog {
  return { workflowNo, ordinal, attempt, place: placeOf({ space, workflow, ordinal, attempt }) };
}
