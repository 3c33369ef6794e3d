import type { BatchVerdicts, RegisterRequest, SandboxRule, SiteState } from '#contracts';
import type { BeatRow, HeldAttempt, RegisteredSession, SessionStore, SilentSessions } from '#engine';
import { booleans, listed, numbers, texts } from './array-literal.js';
import type { Database } from './database.js';
import * as queries from './generated/queries.js';

type BeatColumns = [string, string, number, BeatRow['ordered'], SiteState, SandboxRule];
type RegisteredRow = [string, SiteState, SandboxRule, number | null, number | null, number | null];

/** Sessions in PostgreSQL: the statements of sql/queries/session. */
export class PostgresSessionStore implements SessionStore {
  constructor(private readonly database: Database) {}

  async register(worker: RegisterRequest): Promise<RegisteredSession> {
    const [row] = await this.database.run<RegisteredRow>(queries.sessionRegister, [
      worker.site,
      worker.worker,
      worker.cores,
      worker.memoryMib,
      worker.walltimeSec,
      JSON.stringify(worker.tags),
      texts(worker.transforms),
      worker.workDir ?? null,
      worker.gpus,
      worker.diskMib,
      texts(worker.features),
    ]);
    if (!row) throw new Error('a session was not made');
    const [session, state, sandbox, suspectSec, orphanSec, cutOffStopSec] = row;
    return { session, site: { state, sandbox }, suspectSec, orphanSec, cutOffStopSec };
  }

  async beat(beats: { session: string; draining: boolean }[]): Promise<BeatRow[]> {
    const rows = await this.database.run<BeatColumns>(queries.sessionBeat, [
      numbers(beats.map((beat) => beat.session)),
      booleans(beats.map((beat) => beat.draining)),
    ]);
    return rows.map(([session, state, open, ordered, siteState, sandbox]) => {
      return { session, state, open, ordered, site: { state: siteState, sandbox } };
    });
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
