import { LeaseRepeated } from '#engine';
import type { LimitKind } from '#contracts';
import type {
  GrantedJob,
  GrantPlan,
  LeaseStore,
  LimitRoom,
  PeekedRow,
  ReadyClass,
  SessionOffer,
  TaskSpec,
} from '#engine';
import { numbers, texts } from './array-literal.js';
import { classOf, type ClassRow } from './class-row.js';
import type { Database } from './database.js';
import * as queries from './generated/queries.js';
import { offerOf, type OfferRow } from './offer-row.js';

/** Rows among which the oldest that somebody may run is looked for: all others are younger. */
const oldestRows = 512;

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

  async oldest(classes: number[]): Promise<PeekedRow | null> {
    const [row] = await this.database.run<[string, number, number, string, number, number]>(queries.leaseOldest, [
      numbers(classes),
      oldestRows,
    ]);
    if (!row) return null;
    const [id, classId, priority, workflowNo, task, jobs] = row;
    return { id, classId, priority, workflowNo, task, jobs };
  }

  async grant(plan: GrantPlan): Promise<GrantedJob[]> {
    const { slices, cuts } = slicesByRow(plan.slices);
    try {
      const { limits } = plan;
      const rows = await this.database.run<GrantRow>(limits.charged ? queries.leaseGrantLimited : queries.leaseGrant, [
        numbers(plan.workers.map((worker) => worker.session)),
        texts(plan.workers.map((worker) => worker.requestId)),
        texts(plan.workers.map((worker) => worker.token)),
        numbers(slices.map((slice) => slice.worker + 1)),
        numbers(slices.map((slice) => slice.first)),
        numbers(slices.map((slice) => slice.last)),
        numbers(cuts.map(({ row }) => plan.rows[row]?.id ?? null)),
        numbers(cuts.map(({ row }) => plan.rows[row]?.jobs ?? null)),
        numbers(cuts.map(({ taken }) => taken)),
        numbers(cuts.map(({ firstSlice }) => firstSlice)),
        numbers(cuts.map(({ lastSlice }) => lastSlice)),
        ...(limits.charged ? [] : [limits.change]),
      ]);
      return rows.map(([no, leaseId, workflowNo, task, ordinal, attempt, name, spec, classId]) => {
        const token = plan.workers[no - 1]?.token ?? '';
        return { worker: no - 1, leaseId, token, workflowNo, task, ordinal, attempt, name, spec, classId };
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
    return rows.map(([no, leaseId, token, workflowNo, task, ordinal, attempt, name, spec, classId]) => {
      return { worker: Number(no) - 1, leaseId, token, workflowNo, task, ordinal, attempt, name, spec, classId };
    });
  }

  async tasks(refs: { workflowNo: string; task: number }[]): Promise<TaskSpec[]> {
    const rows = await this.database.run<TaskRow>(queries.leaseTasks, [
      numbers(refs.map((ref) => ref.workflowNo)),
      numbers(refs.map((ref) => ref.task)),
    ]);
    return rows.map(([workflowNo, task, workflow, workflowName, partition, label, template, usualMs, ...space]) => {
      const [name, outputPrefix] = space;
      return {
        ...{ workflowNo, task, workflow, workflowName, partition, label, template, usualMs },
        ...{ space: name, outputPrefix },
      };
    });
  }

  async classesAfter(id: number): Promise<ReadyClass[]> {
    return (await this.database.run<[ClassRow]>(queries.leaseClasses, [id])).map(([row]) => classOf(row));
  }

  async readyClasses(): Promise<number[]> {
    const rows = await this.database.run<[number]>(queries.leaseReadyClasses);
    return rows.map(([classId]) => classId);
  }

  async limits(): Promise<Awaited<ReturnType<LeaseStore['limits']>>> {
    type Row = [change: string, ...([number, LimitKind, string] | [null, null, null])];
    const rows = await this.database.run<Row>(queries.leaseLimits);
    const limits = rows.flatMap(([, id, kind, name]) => (id === null ? [] : [{ id, kind, name }]));
    return { change: rows[0]?.[0] ?? '', limits };
  }

  async limitRoom(ids: number[]): Promise<LimitRoom[]> {
    type Row = [number, number | null, number | null];
    const rows = await this.database.run<Row>(queries.leaseLimitRoom, [numbers(ids)]);
    return rows.map(([id, jobs, millicores]) => ({ id, jobs, millicores }));
  }

  async sessions(ids: string[]): Promise<SessionOffer[]> {
    type Row = [string, string, SessionOffer['ordered'], ...OfferRow];
    const rows = await this.database.run<Row>(queries.sessionRead, [numbers(ids)]);
    return rows.map(([id, state, ordered, ...offer]) => ({
      ...{ id, state, ordered },
      offer: offerOf(offer),
    }));
  }

  async siteMarks(): Promise<ReadonlyMap<string, string>> {
    return new Map(await this.database.run<[string, string]>(queries.leaseSites));
  }
}

type PlannedSlice = GrantPlan['slices'][number];

/** What a grant takes from the front of a row, and which slices it becomes: positions from 1 among those by row. */
interface RowCut {
  row: number;
  taken: number;
  firstSlice: number;
  lastSlice: number;
}

/** Puts the slices of each row together, so that the statement need not compare every row with every slice. */
function slicesByRow(planned: readonly PlannedSlice[]): { slices: PlannedSlice[]; cuts: RowCut[] } {
  const slices = [...planned].sort((a, b) => a.row - b.row);
  const cuts: RowCut[] = [];
  slices.forEach(({ row, last }, index) => {
    const cut = cuts.at(-1);
    if (cut?.row === row) {
      cut.taken = Math.max(cut.taken, last);
      cut.lastSlice = index + 1;
    } else cuts.push({ row, taken: last, firstSlice: index + 1, lastSlice: index + 1 });
  });
  return { slices, cuts };
}

type TaskRow = [
  ...[workflowNo: string, task: number, workflow: string, workflowName: string, partition: number, label: string],
  ...[template: string, usualMs: number | null, space: string, outputPrefix: string | null],
];
type GrantRow = [number, string, string, number, number, number, string, string | null, number];
type ReplayRow = [string, string, string, string, number, number, number, string, string | null, number];

const isRepeatedRequest = (cause: unknown): boolean =>
  cause instanceof Error && 'constraint' in cause && cause.constraint === 'lease_session_id_request_id_key';
