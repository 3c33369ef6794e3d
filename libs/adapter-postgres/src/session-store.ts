import type { BatchVerdicts, RegisterRequest } from '#contracts';
import type { BeatRow, HeldAttempt, SessionStore, SilentSessions } from '#engine';
import { booleans, listed, numbers, texts } from './array-literal.js';
import type { Database } from './database.js';
import * as queries from './generated/queries.js';

/** Sessions in PostgreSQL: the statements of sql/queries/session. */
export class PostgresSessionStore implements SessionStore {
  constructor(private readonly database: Database) {}

  async register(worker: RegisterRequest): Promise<string> {
    const [row] = await this.database.run<[string]>(queries.sessionRegister, [
      worker.site,
      worker.worker,
      worker.cores,
      worker.memoryMib,
      worker.walltimeSec,
      JSON.stringify(worker.tags),
      texts(worker.transforms),
      worker.workDir ?? null,
    ]);
    return row?.[0] ?? '';
  }

  async beat(beats: { session: string; draining: boolean }[]): Promise<BeatRow[]> {
    const rows = await this.database.run<[string, string, number]>(queries.sessionBeat, [
      numbers(beats.map((beat) => beat.session)),
      booleans(beats.map((beat) => beat.draining)),
    ]);
    return rows.map(([session, state, open]) => ({ session, state, open }));
  }

  async verdicts(batchIds: string[]): Promise<BatchVerdicts[]> {
    const rows = await this.database.run<[string, number, string, string]>(queries.sessionVerdicts, [texts(batchIds)]);
    return rows.map(([batchId, events, duplicate, stale]) => {
      return { batchId, events, duplicate: listed(duplicate), stale: listed(stale) };
    });
  }

  async attempts(sessions: string[]): Promise<HeldAttempt[]> {
    const rows = await this.database.run<[string, string, string, string, number, number, number, number]>(
      queries.sessionAttempts,
      [numbers(sessions)],
    );
    return rows.map(([session, leaseId, token, workflowNo, ordinal, attempt, ageSec, partition]) => {
      return { session, leaseId, token, workflowNo, ordinal, attempt, ageSec, partition };
    });
  }

  async end(sessions: string[], state: 'ended' | 'lost'): Promise<string[]> {
    const rows = await this.database.run<[string]>(queries.sessionEnd, [numbers(sessions), state]);
    return rows.map(([session]) => session);
  }

  async stranded(overSec: number): Promise<string[]> {
    const rows = await this.database.run<[string]>(queries.sessionStranded, [overSec]);
    return rows.map(([session]) => session);
  }

  async silent(terms: { suspectSec: number; orphanSec: number }): Promise<SilentSessions> {
    const rows = await this.database.run<[string, string, number]>(queries.sessionTerms, [
      terms.suspectSec,
      terms.orphanSec,
    ]);
    const ids = (kind: string): string[] => rows.filter((row) => row[1] === kind).map((row) => row[0]);
    return { suspects: ids('suspect'), orphans: ids('orphan'), alive: rows[0]?.[2] ?? 0 };
  }
}
