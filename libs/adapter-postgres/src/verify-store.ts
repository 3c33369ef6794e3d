import { StoreUnavailable, type BrokenRow, type CheckScope, type NamedBrokenRow } from '#engine';
import type { VerifyRange, VerifyStore } from '#engine';
import type { Database, Statement } from './database.js';
import * as queries from './generated/queries.js';

/**
 * Longest statement, and so transaction, of a check. Planned for the parameters at hand, and by hash joins only: statistics
 * may be older than the workflow. Then looking up its jobs one by one takes a hundred times as long, and a merge join, which
 * may sort by less than all that is equal, compares each of its jobs with each.
 */
const carefully =
  "set transaction read only; set local statement_timeout = '4s'; set local work_mem = '64MB'; " +
  'set local plan_cache_mode = force_custom_plan; set local enable_nestloop = off; ' +
  'set local enable_mergejoin = off';

/** SQLSTATE query_canceled: what statement_timeout does. */
const tooLong = '57014';

const statements = new Map<string, Statement>(Object.values(queries).map((query) => [query.name, query]));

/** The parameters that a check of a scope takes. */
export function checkParams(scope: CheckScope, range: VerifyRange, rowsMax: number): unknown[] {
  const { workflowFrom, workflowTo, jobsFrom, jobsTo } = range;
  if (scope === 'once') return [rowsMax];
  if (scope === 'workflows') return [workflowFrom, workflowTo, rowsMax];
  return [workflowFrom, workflowTo, jobsFrom, jobsTo, rowsMax];
}

/** The statements of sql/queries/verify. */
export class PostgresVerifyStore implements VerifyStore {
  constructor(private readonly database: Database) {}

  async plan(after: string, rowsMax: number, only: string | null): Promise<{ workflowNo: string; jobs: number }[]> {
    const rows = await this.database.run<[string, number]>(queries.verifyPlan, [after, rowsMax, only]);
    return rows.map(([workflowNo, jobs]) => ({ workflowNo, jobs }));
  }

  async check(name: string, scope: CheckScope, range: VerifyRange, rowsMax: number): Promise<BrokenRow[] | 'too-slow'> {
    const statement = statements.get(name);
    if (!statement) throw new Error(`sql/queries/verify has no ${name}`);
    type Row = [string | null, number | null, string];
    try {
      const params = checkParams(scope, range, rowsMax);
      const rows = await this.database.transaction(name, (tx) => tx.run<Row>(statement, params), carefully);
      return rows.map(([workflowNo, ordinal, wrong]) => ({ workflowNo, ordinal, wrong }));
    } catch (fault) {
      if (fault instanceof StoreUnavailable && codeOf(fault.cause) === tooLong) return 'too-slow';
      throw fault;
    }
  }

  async name(rows: readonly BrokenRow[]): Promise<NamedBrokenRow[]> {
    type Name = [no: string, workflow: string, job: string | null];
    const params = [rows.map(({ workflowNo }) => workflowNo), rows.map(({ ordinal }) => ordinal)];
    const names = await this.database.run<Name>(queries.verifyNames, params);
    const byPlace = new Map(names.map(([no, workflow, name]) => [Number(no) - 1, { workflow, name }]));
    return rows.map(({ ordinal, wrong }, place) => {
      const { workflow, name } = byPlace.get(place) ?? { workflow: null, name: null };
      return { workflow, ordinal, name, wrong };
    });
  }
}

const codeOf = (cause: unknown): unknown => (cause as { code?: unknown } | null | undefined)?.code;
