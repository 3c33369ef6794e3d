import type { BrokenRow, CheckScope, NamedBrokenRow } from '#engine';
import type { VerifyRange, VerifyStore } from '#engine';
import type { Database, Statement } from './database.js';
import * as queries from './generated/queries.js';
import { isTooLong } from './store-fault.js';

/**
 * How the statements of checks are to be planned: for the parameters at hand, and by hash joins only. Statistics may be older
 * than the workflow: then looking up its jobs one by one takes a hundred times as long, and a merge join, which may sort by
 * less than all that is equal, compares each of its jobs with each.
 */
export const checkPlanning: Readonly<Record<string, string>> = {
  work_mem: '64MB',
  plan_cache_mode: 'force_custom_plan',
  enable_nestloop: 'off',
  enable_mergejoin: 'off',
};

/** Longest statement, and so transaction, of a check. */
const carefully = [
  'set transaction read only',
  "set local statement_timeout = '4s'",
  ...Object.entries(checkPlanning).map(([name, value]) => `set local ${name} = '${value}'`),
].join('; ');

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
      if (isTooLong(fault)) return 'too-slow';
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
