import type { DocumentRefusal, SealRequest, Template, UploadView } from '#contracts';
import { kindCode, type CheckedJob, type VisibleSpaces } from '#core';
import type {
  ChunkIdentity,
  ChunkOutcome,
  NewChunk,
  NewTask,
  NewUpload,
  OpenedUpload,
  OwnedTemplates,
  QueuedOver,
  TaskKey,
  UploadOpenOutcome,
  UploadOwner,
  UploadStore,
} from '#engine';
import { faultpoint } from '#faultpoint';
import { rowOf } from './class-row.js';
import { copyIn, int8Bytes } from './copy-rows.js';
import { bulkTime, type Database, type Transaction } from './database.js';
import * as queries from './generated/queries.js';
import { queuedOver, type QuotaOwner } from './quota-store.js';
import { findOrMakeLeaf } from './share-leaf.js';

type UploadState = UploadView['state'];
type FoundUpload = [string, UploadState, DocumentRefusal | null];

/** Uploads in PostgreSQL: jobs as rows of `job`, what seal needs as one pack a chunk. @see docs/adr/0002 */
export class PostgresUploadStore implements UploadStore {
  constructor(private readonly database: Database) {}

  async open({ id, header, writtenHeader, owner, space, idempotencyKey }: NewUpload): Promise<UploadOpenOutcome> {
    const text = JSON.stringify(header);
    const share = await findOrMakeLeaf(this.database, space, owner);
    const made = await this.database.run<[string]>(queries.uploadOpen, [
      id,
      space,
      owner.issuer,
      owner.subject,
      header.name,
      JSON.stringify(header.tags),
      text,
      idempotencyKey,
      writtenHeader,
      share,
    ]);
    if (made.length > 0) return { kind: 'opened', id };
    const [known] = await this.database.run<[string, boolean]>(queries.uploadByKey, [
      space,
      owner.issuer,
      owner.subject,
      idempotencyKey,
      text,
    ]);
    if (!known) return { kind: 'taken' };
    const [knownId, same] = known;
    return { kind: same ? 'opened' : 'differs', id: knownId };
  }

  async owner(id: string, visible: VisibleSpaces): Promise<UploadOwner | null> {
    type Row = [space: string, issuer: string, subject: string];
    const [found] = await this.database.run<Row>(queries.uploadOwner, [id, visible]);
    return found ? { space: found[0], owner: { issuer: found[1], subject: found[2] } } : null;
  }

  async find(id: string): Promise<OpenedUpload | null> {
    const [found] = await this.database.run<FoundUpload>(queries.uploadFind, [id]);
    return found ? { workflowNo: found[0], state: found[1] } : null;
  }

  async findTasks(workflowNo: string, keys: readonly TaskKey[]): Promise<(number | null)[]> {
    const rows = await this.database.run<[number | null]>(queries.uploadTasks, [
      workflowNo,
      keys.map((key) => key.label),
      keys.map((key) => key.templateName),
    ]);
    return rows.map(([ordinal]) => ordinal);
  }

  async readTemplates(workflowNo: string, names: readonly string[]): Promise<OwnedTemplates> {
    type Named = [string, Template] | [null, null];
    type Row = [space: string, owner: string, shareId: number | null, workflow: string, ...Named];
    const rows = await this.database.run<Row>(queries.uploadTemplates, [workflowNo, names]);
    const [space = '', owner = '', shareId = null, workflow = ''] = rows[0] ?? [];
    const templates = rows.flatMap(([, , , , name, template]) => (name === null ? [] : [[name, template] as const]));
    return { space, owner, shareId, workflow, templates: Object.fromEntries(templates) };
  }

  async makeTasks(workflowNo: string, tasks: readonly NewTask[]): Promise<void> {
    // Classes first and by themselves: inside the transaction below they would make other workflows' uploads wait.
    await this.database.run(queries.uploadClassAdd, classColumns(tasks));
    await this.database.transaction('make tasks', async (tx) => {
      await tx.run(queries.uploadLock, [workflowNo]);
      await tx.run(queries.uploadTaskAdd, [workflowNo, ...taskColumns(tasks)]);
      faultpoint('api.afterInsert');
    });
  }

  async countTasks(workflowNo: string): Promise<number> {
    const [row] = await this.database.run<[number]>(queries.uploadTaskCount, [workflowNo]);
    return row?.[0] ?? 0;
  }

  async findChunk(chunk: ChunkIdentity): Promise<ChunkOutcome | null> {
    return outcomeOf(await this.database.run<FoundChunk>(queries.uploadChunkFind, identityColumns(chunk)));
  }

  async storeChunk(chunk: NewChunk): Promise<ChunkOutcome> {
    try {
      return await this.database.transaction('store chunk', (tx) => storeChunk(tx, chunk), bulkTime);
    } catch (cause) {
      if (isRepeatedKey(cause)) return { kind: 'overlaps' };
      throw cause;
    }
  }

  async requestSeal(
    id: string,
    request: SealRequest,
  ): Promise<{ partition: number; same: boolean } | { over: QueuedOver } | null> {
    const asked = [id, JSON.stringify(request)];
    faultpoint('ingest.beforeSeal');
    const [capped] = await this.database.run<QuotaOwner>(queries.quotaOfUpload, [id]);
    const closed = capped ? await this.closeUnder(capped, request, asked) : await this.close(asked);
    if (closed !== null && typeof closed === 'object') return { over: closed };
    if (closed !== null) return { partition: closed, same: true };
    const [before] = await this.database.run<[number, boolean]>(queries.uploadAsked, asked);
    return before ? { partition: before[0], same: before[1] } : null;
  }

  /** @returns its partition, if this call closed it */
  private async close(asked: readonly unknown[]): Promise<number | null> {
    const [closed] = await this.database.run<[number]>(queries.uploadClose, asked);
    return closed?.[0] ?? null;
  }

  private closeUnder(
    owner: QuotaOwner,
    { jobCount }: SealRequest,
    asked: readonly unknown[],
  ): Promise<number | QueuedOver | null> {
    return this.database.transaction('close upload', async (tx) => {
      const over = await queuedOver(tx, owner, jobCount);
      return over ?? (await tx.run<[number]>(queries.uploadClose, asked))[0]?.[0] ?? null;
    });
  }

  async view(id: string): Promise<UploadView | null> {
    const [found] = await this.database.run<FoundUpload>(queries.uploadFind, [id]);
    if (!found) return null;
    const [workflowNo, state, refusal] = found;
    const chunks =
      state === 'uploading' ? await this.database.run<[number, string]>(queries.uploadChunks, [workflowNo]) : [];
    return { id, state, chunks: chunks.map(([no]) => no), digests: chunks.map(([, digest]) => digest), refusal };
  }

  async findAbandoned(partitions: readonly number[], keepHours: number): Promise<string[]> {
    const rows = await this.database.run<[string]>(queries.uploadAbandoned, [partitions, keepHours]);
    return rows.map(([workflowNo]) => workflowNo);
  }

  abandon(workflowNo: string, keepHours: number): Promise<boolean> {
    return this.database.transaction('abandon upload', async (tx) => {
      await tx.run(queries.uploadLock, [workflowNo]);
      await tx.run(queries.uploadAbandon, [workflowNo, keepHours]);
      const [workflow] = await tx.run<[UploadState]>(queries.uploadLock, [workflowNo]);
      return workflow?.[0] === 'refused';
    });
  }

  async remove(workflowNo: string): Promise<void> {
    await this.database.run(queries.uploadRemove, [workflowNo]);
  }

  async ensurePartitions(jobsMax: number): Promise<void> {
    const [state] = await this.database.run<[number, string, string, boolean]>(queries.partitionState);
    if (!state) throw new Error('the newest workflow lies in no range of partitions: was a range dropped by hand?');
    const [range, nextFrom, jobs, nextExists] = state;
    if (!nextExists) await this.database.run(queries.partitionMake, [range + 1]);
    if (Number(jobs) <= jobsMax) return;
    await this.database.run(queries.partitionMake, [range + 2]);
    await this.database.run(queries.partitionLeave, [nextFrom]);
  }
}

async function storeChunk(tx: Transaction, chunk: NewChunk): Promise<ChunkOutcome> {
  const { workflowNo, chunkNo, firstOrdinal, sha256, edges } = chunk;
  const [workflow] = await tx.run<[UploadState]>(queries.uploadShare, [workflowNo]);
  if (workflow?.[0] !== 'uploading') return { kind: 'closed' };
  const jobs = chunk.jobs.length;
  const number = [workflowNo, chunkNo, firstOrdinal, jobs, edges, Buffer.from(sha256), bufferOf(chunk.pack)];
  const taken = await tx.run(queries.uploadChunkAdd, number);
  if (taken.length === 0) {
    const found = outcomeOf(await tx.run<FoundChunk>(queries.uploadChunkFind, identityColumns(chunk)));
    return found ?? { kind: 'differs' };
  }
  faultpoint('ingest.midChunk');
  await copyJobs(tx, chunk);
  faultpoint('api.beforeCommit');
  return { kind: 'stored', jobs, edges };
}

/** Whether it is the same, its jobs and its edges. */
type FoundChunk = [boolean, number, number];

const identityColumns = ({ workflowNo, chunkNo, firstOrdinal, sha256 }: ChunkIdentity): unknown[] => [
  ...[workflowNo, chunkNo, firstOrdinal, Buffer.from(sha256)],
];

function outcomeOf([found]: FoundChunk[]): ChunkOutcome | null {
  if (!found) return null;
  const [same, jobs, edges] = found;
  return same ? { kind: 'stored', jobs, edges } : { kind: 'differs' };
}

function copyJobs(tx: Transaction, { workflowNo, firstOrdinal, jobs, tasks }: NewChunk): Promise<void> {
  const workflow = int8Bytes(workflowNo);
  return copyIn(tx.client, {
    sql: 'copy job (workflow_id, ordinal, task, kind, name, spec) from stdin (format binary)',
    rows: jobs.length,
    write: (out, place) => {
      const job = jobs[place];
      if (!job) return;
      out.row(6);
      out.int8(workflow);
      out.int4(firstOrdinal + place);
      out.int4(tasks[place] ?? -1);
      out.int2(rowKind(job));
      out.text(job.name);
      out.text(job.spec);
    },
  });
}

/** A group is a barrier as soon as it is stored: what it gathers, the pack says. */
const rowKind = (job: CheckedJob): number => (job.kind === 'job' ? kindCode.job : kindCode.barrier);

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const isRepeatedKey = (cause: unknown): boolean => (cause as { code?: unknown } | null)?.code === '23505';

function classColumns(tasks: readonly NewTask[]): unknown[] {
  const classes = [...new Map(tasks.map(({ readyClass }) => [readyClass.key, readyClass])).values()];
  return [classes.map((each) => each.key), classes.map((each) => JSON.stringify(rowOf(each)))];
}

function taskColumns(tasks: readonly NewTask[]): unknown[] {
  return [
    tasks.map((task) => task.label),
    tasks.map((task) => task.templateName),
    tasks.map((task) => JSON.stringify(task.template)),
    tasks.map((task) => task.readyClass.key),
    tasks.map((task) => task.template.priority),
    tasks.map((task) => task.template.retry.retries),
    tasks.map((task) => task.template.retry.infraRetries),
  ];
}
