import { partitionOf, type DocumentRefusal, type SealRequest } from '#contracts';
import { isEndedChild, kindCode, refBits, stateCode, type DagStep } from '#core';
import type { FinalJob, SealedWorkflow, SealOrder, SealStore, StoredChunk } from '#engine';
import { copyIn, int8Bytes, type CopyRows } from './copy-rows.js';
import { bulkTime, type Database, type Transaction } from './database.js';
import * as queries from './generated/queries.js';
import { partitionLock } from './partition-lock.js';

/** Jobs of one row of `ready`: more would not stay in a page. @see 0002_work.sql */
const readyRowJobsMax = 400;

/** What seal reads and writes in PostgreSQL. Every method that writes is one transaction of at most a second or so. */
export class PostgresSealStore implements SealStore {
  constructor(private readonly database: Database) {}

  async readOrder(workflowNo: string): Promise<SealOrder | null> {
    type Order = [string, SealRequest, SealOrder['state'], FinalJob | null, number | null, number | null];
    const [order] = await this.database.run<Order>(queries.sealOrder, [workflowNo]);
    if (!order) return null;
    const [commandId, request, state, final, jobCount, edgeCount] = order;
    const said = { jobCount: jobCount ?? undefined, edgeCount: edgeCount ?? undefined };
    return { workflowNo, commandId, request, said, state, final };
  }

  async readChunks(workflowNo: string): Promise<StoredChunk[]> {
    type Chunk = [number, number, number, number, Buffer];
    const rows = await this.database.run<Chunk>(queries.sealChunks, [workflowNo]);
    return rows.map(([chunkNo, firstOrdinal, jobs, edges, sha256]) => ({ chunkNo, firstOrdinal, jobs, edges, sha256 }));
  }

  async readPack(workflowNo: string, chunkNo: number, spare?: ArrayBuffer): Promise<Uint8Array<ArrayBuffer>> {
    const [row] = await this.database.run<[number, string]>(queries.sealPack, [workflowNo, chunkNo]);
    if (!row) throw new Error(`workflow ${workflowNo} has no chunk ${chunkNo} any more`);
    const [length, base64] = row;
    const buffer = spare && spare.byteLength >= length ? spare : new ArrayBuffer(length);
    const pack = new Uint8Array(buffer, 0, length);
    Buffer.from(buffer).write(base64, 'base64');
    return pack;
  }

  async readNames(workflowNo: string, ordinals: readonly number[]): Promise<Map<number, string>> {
    return new Map(await this.database.run<[number, string]>(queries.sealNames, [workflowNo, ordinals]));
  }

  writeStep(workflowNo: string, step: DagStep): Promise<'written' | 'closed'> {
    const work = async (tx: Transaction): Promise<'written' | 'closed'> => {
      const [workflow] = await tx.run<[string]>(queries.uploadShare, [workflowNo]);
      if (workflow?.[0] !== 'sealing') return 'closed';
      await tx.run(queries.sealClearStates, [workflowNo, step.from, step.to]);
      await tx.run(queries.sealClearEdges, [workflowNo, step.from, step.to]);
      await copyStates(tx, workflowNo, step);
      await copyEdges(tx, workflowNo, step);
      await keepParents(tx, workflowNo, step);
      return 'written';
    };
    return this.database.transaction('seal step', work, bulkTime);
  }

  complete(sealed: SealedWorkflow): Promise<{ kind: 'sealed'; classes: number[] } | { kind: 'closed' }> {
    const { workflowNo, final } = sealed;
    const work = async (tx: Transaction): Promise<{ kind: 'sealed'; classes: number[] } | { kind: 'closed' }> => {
      const [workflow] = await tx.run<[string]>(queries.uploadLock, [workflowNo]);
      if (workflow?.[0] !== 'sealing') return { kind: 'closed' };
      if (final) await tx.run(queries.sealFinal, [workflowNo, final.ordinal, final.task, final.name, final.spec]);
      const classes = await writeTasks(tx, sealed);
      await tx.run(queries.sealWorkflow, [workflowNo, sealed.jobCount, sealed.edgeCount, final?.ordinal ?? null]);
      await tx.run(queries.sealDropPacks, [workflowNo]);
      if (sealed.rootBarriers.length === 0) await tx.run(queries.sealDone, [sealed.commandId]);
      return { kind: 'sealed', classes };
    };
    return this.database.transaction('complete seal', work, `${bulkTime}; ${partitionLock(partitionOf(workflowNo))}`);
  }

  async openRootBarriers(workflowNo: string): Promise<number[]> {
    const rows = await this.database.run<[number]>(queries.sealOpenBarriers, [workflowNo]);
    return rows.map(([ordinal]) => ordinal);
  }

  async refuse(workflowNo: string, refusal: DocumentRefusal): Promise<void> {
    await this.database.run(queries.sealRefuse, [workflowNo, JSON.stringify(refusal)]);
  }

  async discardSome(workflowNo: string): Promise<boolean> {
    const more = (await this.database.run(queries.sealDiscardJobs, [workflowNo])).length > 0;
    if (!more) await this.database.run(queries.sealDiscardTasks, [workflowNo]);
    return more;
  }

  async closeCommand(commandId: string): Promise<void> {
    await this.database.run(queries.sealDone, [commandId]);
  }
}

async function keepParents(tx: Transaction, workflowNo: string, step: DagStep): Promise<void> {
  const { from, to, writtenEdges, written } = step;
  const pack = Buffer.from(written.buffer, written.byteOffset, written.byteLength);
  await tx.run(queries.sealParents, [workflowNo, from, to - from, writtenEdges, pack]);
}

function copyStates({ client }: Transaction, workflowNo: string, step: DagStep): Promise<void> {
  const workflow = int8Bytes(workflowNo);
  return copyIn(client, {
    sql: 'copy job_state (workflow_id, ordinal, task, parents_left, state, kind) from stdin (format binary)',
    rows: step.to - step.from,
    write: (out, place) => {
      const parentsLeft = step.parentsLeft[place] ?? 0;
      out.row(6);
      out.int8(workflow);
      out.int4(step.from + place);
      out.int4(step.task[place] ?? -1);
      out.int4(parentsLeft);
      out.int2(parentsLeft > 0 ? stateCode.waiting : stateCode.ready);
      out.int2(step.kind[place] ?? kindCode.job);
    },
  });
}

function copyEdges({ client }: Transaction, workflowNo: string, step: DagStep): Promise<void> {
  const workflow = int8Bytes(workflowNo);
  return copyIn(client, {
    sql: 'copy job_edge (workflow_id, ordinal, on_success, on_ended) from stdin (format binary)',
    rows: step.to - step.from,
    write: (out, place) => {
      const [from, to] = [step.childStart[place] ?? 0, step.childStart[place + 1] ?? 0];
      if (from === to) return;
      out.row(4);
      out.int8(workflow);
      out.int4(step.from + place);
      copyChildren(out, step.children, from, to);
    },
  });
}

/** Nearly all jobs have children on success only: those make no garbage. */
function copyChildren(out: CopyRows, refs: Uint32Array, from: number, to: number): void {
  let anyEnded = false;
  for (let i = from; i < to && !anyEnded; i++) anyEnded = isEndedChild(refs[i] ?? 0);
  if (!anyEnded) {
    out.int4Array(refs, from, to);
    out.int4Array([]);
    return;
  }
  const children = refs.subarray(from, to);
  out.int4Array(children.filter((child) => !isEndedChild(child)));
  out.int4Array(children.filter(isEndedChild).map((child) => child & refBits.value));
}

/** Sets the tasks' counts and makes their ready rows. @returns classes that got ready rows. */
async function writeTasks(tx: Transaction, { workflowNo, tasks, roots }: SealedWorkflow): Promise<number[]> {
  const rows = await tx.run<[number, number, number]>(queries.sealTasks, [
    workflowNo,
    tasks.map((task) => task.total),
    tasks.map((task) => task.waiting),
    tasks.map((task) => task.first),
  ]);
  const ready = rows.flatMap(([task, classId, priority]) =>
    readyRows(roots.get(task) ?? [], { task, classId, priority }),
  );
  // Across tasks in order of ordinal: workers take rows of one class in order of row, first uploaded first.
  ready.sort((a, b) => (a.ordinals[0] ?? 0) - (b.ordinals[0] ?? 0));
  await copyReady(tx, workflowNo, ready);
  return [...new Set(ready.map((row) => row.classId))];
}

interface ReadyRow {
  task: number;
  classId: number;
  priority: number;
  ordinals: Uint32Array;
}

function readyRows(roots: ArrayLike<number>, row: Omit<ReadyRow, 'ordinals'>): ReadyRow[] {
  const ordinals = Uint32Array.from(roots);
  const count = Math.ceil(ordinals.length / readyRowJobsMax);
  return Array.from({ length: count }, (_, i) => ({
    ...row,
    ordinals: ordinals.subarray(i * readyRowJobsMax, (i + 1) * readyRowJobsMax),
  }));
}

function copyReady({ client }: Transaction, workflowNo: string, ready: readonly ReadyRow[]): Promise<void> {
  const workflow = int8Bytes(workflowNo);
  return copyIn(client, {
    sql: 'copy ready (class_id, priority, workflow_id, task, jobs, ordinals) from stdin (format binary)',
    rows: ready.length,
    write: (out, place) => {
      const row = ready[place];
      if (!row) return;
      out.row(6);
      out.int4(row.classId);
      out.int2(row.priority);
      out.int8(workflow);
      out.int4(row.task);
      out.int4(row.ordinals.length);
      out.int4Array(row.ordinals);
    },
  });
}
