import { LeaseRepeated } from '#engine';
import type { SandboxRule } from '#contracts';
import type { GrantedJob, GrantPlan, LeaseStore, PeekedRow, ReadyClass, SessionOffer, TaskSpec } from '#engine';
import { numbers, texts } from './array-literal.js';
import type { Database } from './database.js';
import { offerOf, type OfferRow } from './offer-row.js';
import * as queries from './generated/queries.js';

/** Leasing in PostgreSQL: the statements of sql/queries/lease, each committed by itself. */
export class PostgresLeaseStore implements LeaseStore {
  constructor(private readonly database: Database) {}

  async peek(classes: number[], rowsMax: number): Promise<PeekedRow[]> {
    const rows = await this.database.run<[string, number, number, string, number, number]>(queries.leasePeek, [
      numbers(classes),
      rowsMax,
    ]);
    return rows.map(([id, classId, priority, workflowNo, task, jobs]) => {
      return { id, classId, priority, workflowNo, task, jobs };
    });
  }

  async grant(plan: GrantPlan): Promise<GrantedJob[]> {
    const taken = new Map<number, number>();
    for (const slice of plan.slices) taken.set(slice.row, Math.max(taken.get(slice.row) ?? 0, slice.last));
    const rowIds = [...taken.keys()];
    try {
      const rows = await this.database.run<GrantRow>(queries.leaseGrant, [
        numbers(plan.workers.map((worker) => worker.session)),
        texts(plan.workers.map((worker) => worker.requestId)),
        texts(plan.workers.map((worker) => worker.token)),
        numbers(plan.slices.map((slice) => plan.rows[slice.row]?.id ?? null)),
        numbers(plan.slices.map((slice) => slice.worker + 1)),
        numbers(plan.slices.map((slice) => slice.first)),
        numbers(plan.slices.map((slice) => slice.last)),
        numbers(rowIds.map((row) => plan.rows[row]?.id ?? null)),
        numbers(rowIds.map((row) => plan.rows[row]?.jobs ?? null)),
        numbers(rowIds.map((row) => taken.get(row) ?? null)),
      ]);
      return rows.map(([no, leaseId, workflowNo, task, ordinal, attempt, name, spec]) => {
        const token = plan.workers[no - 1]?.token ?? '';
        return { worker: no - 1, leaseId, token, workflowNo, task, ordinal, attempt, name, spec };
      });
    } catch (cause) {
      throw isRepeatedRequest(cause) ? new LeaseRepeated({ cause }) : cause;
    }
  }

  async replay(requests: { session: string; requestId: string }[]): Promise<GrantedJob[]> {
    const rows = await this.database.run<ReplayRow>(queries.leaseReplay, [
      numbers(requests.map((request) => request.session)),
      texts(requests.map((request) => request.requestId)),
    ]);
    return rows.map(([no, leaseId, token, workflowNo, task, ordinal, attempt, name, spec]) => {
      return { worker: Number(no) - 1, leaseId, token, workflowNo, task, ordinal, attempt, name, spec };
    });
  }

  async tasks(refs: { workflowNo: string; task: number }[]): Promise<TaskSpec[]> {
    const rows = await this.database.run<[string, number, string, string, number, string, string, number | null]>(
      queries.leaseTasks,
      [numbers(refs.map((ref) => ref.workflowNo)), numbers(refs.map((ref) => ref.task))],
    );
    return rows.map(([workflowNo, task, workflow, workflowName, partition, label, template, usualMs]) => {
      return { workflowNo, task, workflow, workflowName, partition, label, template, usualMs };
    });
  }

  async classesAfter(id: number): Promise<ReadyClass[]> {
    const rows = await this.database.run<
      [number, string, number, number, number, number, number | null, string[], string]
    >(queries.leaseClasses, [id]);
    return rows.map(([classId, transform, cores, memoryMib, gpus, diskMib, walltimeSec, sites, mode]) => {
      return { id: classId, transform, cores, memoryMib, gpus, diskMib, walltimeSec, sites, mode };
    });
  }

  async readyClasses(): Promise<number[]> {
    const rows = await this.database.run<[number]>(queries.leaseReadyClasses);
    return rows.map(([classId]) => classId);
  }

  async sessions(ids: string[]): Promise<SessionOffer[]> {
    type Row = [string, string, SessionOffer['ordered'], SandboxRule, ...OfferRow];
    const rows = await this.database.run<Row>(queries.sessionRead, [numbers(ids)]);
    return rows.map(([id, state, ordered, sandbox, ...offer]) => ({
      ...{ id, state, ordered, sandbox },
      offer: offerOf(offer),
    }));
  }

  async siteMarks(): Promise<ReadonlyMap<string, string>> {
    return new Map(await this.database.run<[string, string]>(queries.leaseSites));
  }
}

type GrantRow = [number, string, string, number, number, number, string, string | null];
type ReplayRow = [string, string, string, string, number, number, number, string, string | null];

const isRepeatedRequest = (cause: unknown): boolean =>
  cause instanceof Error && 'constraint' in cause && cause.constraint === 'lease_session_id_request_id_key';
