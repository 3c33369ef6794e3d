import type { BatchVerdicts, RegisterRequest, SandboxRule, SiteState } from '#contracts';
import type { BeatRow, HeldAttempt, RegisteredSession, SessionStore, SilenceLook, Terms } from '#engine';
import { booleans, listed, numbers, texts } from './array-literal.js';
import type { Database } from './database.js';
import * as queries from './generated/queries.js';

type BeatColumns = [
  ...[session: string, state: string, open: number, ordered: BeatRow['ordered']],
  ...[siteState: SiteState, sandbox: SandboxRule, suspectSec: number | null, cutOffStopSec: number | null],
];
type RegisteredRow = [string, SiteState, SandboxRule, number | null, number | null, number | null];

type SilentRow = [
  what: 'suspect' | 'silent' | 'heard' | 'service',
  id: string | null,
  site: string | null,
  sec: number | null,
  orphanSec: number | null,
  sessionsOrLeases: number | null,
];

/** Services whose breaks count: gateway, broker, postgres. One that was never seen is away. */
const services = 3;
/** A break of a service that is shorter costs a worker one beat at most, in seconds. */
const serviceBreakSec = 15;
/** A worker that has longer has all of the time there is: 68 years. */
const walltimeSecMax = 2 ** 31 - 1;

/** Sessions in PostgreSQL: the statements of sql/queries/session. */
export class PostgresSessionStore implements SessionStore {
  constructor(private readonly database: Database) {}

  async register(worker: RegisterRequest): Promise<RegisteredSession> {
    const [row] = await this.database.run<RegisteredRow>(queries.sessionRegister, [
      worker.site,
      worker.worker,
      worker.cores,
      worker.memoryMib,
      worker.walltimeSec === null ? null : Math.min(worker.walltimeSec, walltimeSecMax),
      JSON.stringify(worker.tags),
      texts(worker.transforms),
      worker.workDir ?? null,
      worker.gpus,
      worker.diskMib,
      texts(worker.features),
      worker.requestId ?? null,
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
    return rows.map(([session, state, open, ordered, siteState, sandbox, suspectSec, cutOffStopSec]) => {
      return { session, state, open, ordered, site: { state: siteState, sandbox }, suspectSec, cutOffStopSec };
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

  async noteServices({ gateway }: { gateway: boolean }): Promise<void> {
    await this.database.run(queries.sessionServices, [texts(gateway ? ['gateway'] : []), serviceBreakSec]);
  }

  async silent({ suspectSec, orphanSec }: Terms): Promise<SilenceLook> {
    const rows = await this.database.run<SilentRow>(queries.sessionSilent, [suspectSec, orphanSec, serviceBreakSec]);
    const of = (what: SilentRow[0]): SilentRow[] => rows.filter((row) => row[0] === what);
    const suspects = of('suspect').map(([, id]) => id ?? '');
    const wholeSec = of('service').map(([, , , sec]) => sec ?? 0);
    const silent = of('silent').map(([, id, site, sec, orphan, leases]) => {
      const terms = { silentSec: sec ?? 0, orphanSec: orphan ?? orphanSec };
      return { id: id ?? '', site: site ?? '', ...terms, holds: (leases ?? 0) > 0 };
    });
    const heard = new Map(of('heard').map(([, , site, , , sessions]) => [site ?? '', sessions ?? 0]));
    if (silent.length === 0) return { suspects, facts: null };
    return { suspects, facts: { silent, heard, wholeSec: wholeSec.length < services ? 0 : Math.min(...wholeSec) } };
  }

  async giveUp(sessions: string[], { orphanSec }: Terms): Promise<string[]> {
    const rows = await this.database.run<[string]>(queries.sessionGiveUp, [numbers(sessions), orphanSec]);
    return rows.map(([session]) => session);
  }

  async held(sessions: string[]): Promise<Map<string, string[]>> {
    const rows = await this.database.run<[string, string | null]>(queries.sessionHeld, [numbers(sessions)]);
    return new Map(rows.flatMap(([session, keys]) => (keys === null ? [] : [[session, keys.split(' ')]])));
  }
}
