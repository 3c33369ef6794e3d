/**
 * Seals an uploaded workflow: checks it whole, writes states and edges in steps, and lets it run in one last, short step.
 * Owns the order of these; what a graph is lives in core, what a row is in the store.
 * S1: nothing of a workflow may be leased before the last step: ready rows appear only there.
 * S2: every step may be repeated: after a crash the seal starts again and writes the same.
 * S3: barriers among the roots stay `ready` without a ready row. Settling them is the caller's: the command stays open,
 *     and each further call names those that are still open, until none is.
 */
import {
  documentErrorsMax,
  documentLimits,
  overLimit,
  type DocumentError,
  type DocumentRefusal,
  type SizeLimits,
} from '#contracts';
import type { DagFault, DagStep, StepLimits } from '#core';
import type { FinalRow, SealOrder, SealStore, StoredChunk, TaskCounts } from '../ports/seal-store.js';
import type { UploadStore } from '../ports/upload-store.js';
import { tasksOf } from '../upload/tasks-of.js';
import { checkUpload } from './check-upload.js';
import type { DagFinish } from './dag-messages.js';
import { DagThread } from './dag-thread.js';
import { explainFaults, namesIn } from './explain-faults.js';

export interface SealPorts {
  seals: SealStore;
  uploads: UploadStore;
  /** Default: documentLimits. */
  limits?: SizeLimits;
  /** What one step writes at most. Default: what takes under half a second. */
  step?: StepLimits;
}

/**
 * `sealed`: it runs, now or since an earlier call; `rootBarriers` (ordinals) are to be settled, `classes` got ready jobs.
 * `nothing`: no seal of this workflow is open.
 */
export type Sealing =
  | { kind: 'sealed'; rootBarriers: number[]; classes: number[] }
  | { kind: 'refused'; refusal: DocumentRefusal }
  | { kind: 'nothing' };

/** One step's transaction: measured at under half a second, so well within 5 s on a slow disk. */
const stepLimitsDefault: StepLimits = { jobs: 50_000, edges: 500_000 };

/** Graphs built before names of equal hashes count as one name. A second is rare, a third no accident. */
const roundsMax = 3;

/**
 * Does the open seal command of one workflow. Run it where the workflow's partition is owned. Safe to repeat.
 * @throws StoreUnavailable (retry: yes): call it again, it starts anew or finds its work done.
 */
export async function sealWorkflow(ports: SealPorts, workflowNo: string): Promise<Sealing> {
  const order = await ports.seals.readOrder(workflowNo);
  switch (order?.state) {
    case 'sealing':
      return seal(ports, order);
    case 'sealed':
      return finishSealed(ports.seals, order);
    case 'refused':
      await discard(ports.seals, order);
      return { kind: 'nothing' };
    case 'uploading':
    case undefined:
      return { kind: 'nothing' };
  }
}

async function seal(ports: SealPorts, order: SealOrder): Promise<Sealing> {
  const limits = ports.limits ?? documentLimits;
  const chunks = await ports.seals.readChunks(order.workflowNo);
  const errors = checkUpload(order, chunks, limits);
  if (errors.length > 0) return refuse(ports.seals, order, { errors, counts: countErrors(errors) });
  let collided = new Map<string, number>();
  for (let round = 1; ; round++) {
    const thread = startThread(order, limits, collided);
    try {
      const graph = await readGraph(ports, order, chunks, thread);
      if (graph.kind === 'whole') return await writeGraph(ports, order, graph, thread);
      if (graph.kind === 'too-many-edges') {
        const errors = [overLimit('edges', limits.edges)];
        return await refuse(ports.seals, order, { errors, counts: countErrors(errors) });
      }
      const more = await findCollisions(ports.seals, order.workflowNo, graph.faults);
      if (more.size === 0 || round === roundsMax)
        return await refuse(ports.seals, order, await refusalOf(ports, order, graph, thread));
      collided = new Map([...collided, ...more]);
    } finally {
      await thread.close();
    }
  }
}

function startThread(order: SealOrder, limits: SizeLimits, collided: Map<string, number>): DagThread {
  const { jobCount, edgeCount } = order.request;
  return new DagThread({
    size: { jobs: jobCount, refs: edgeCount },
    limits: { parentsOfOneJob: limits.parentsOfOneJob, edges: limits.edges, faultsListed: documentErrorsMax },
    collided,
  });
}

async function readGraph(
  { seals, uploads }: SealPorts,
  { workflowNo }: SealOrder,
  chunks: readonly StoredChunk[],
  thread: DagThread,
): Promise<DagFinish> {
  let spare: ArrayBuffer | undefined;
  for (const { chunkNo } of chunks) {
    spare = await thread.add(chunkNo, await seals.readPack(workflowNo, chunkNo, spare));
  }
  return thread.finish(await uploads.countTasks(workflowNo));
}

/** Jobs whose hashes are equal while their names are not, by name. */
async function findCollisions(
  seals: SealStore,
  workflowNo: string,
  faults: readonly DagFault[],
): Promise<Map<string, number>> {
  const repeats = faults.filter((fault) => fault.code === 'DUPLICATE_NAME');
  const names = await namesIn(seals, workflowNo, repeats);
  const collided = new Map<string, number>();
  for (const { ordinal, first } of repeats) {
    const [name, firstName] = [names.get(ordinal), names.get(first)];
    if (name === undefined || firstName === undefined || name === firstName) continue;
    collided.set(name, ordinal).set(firstName, first);
  }
  return collided;
}

async function writeGraph(
  ports: SealPorts,
  order: SealOrder,
  graph: Extract<DagFinish, { kind: 'whole' }>,
  thread: DagThread,
): Promise<Sealing> {
  const { seals, step: stepLimits = stepLimitsDefault } = ports;
  const { workflowNo, commandId } = order;
  for (let from = 0; from < graph.jobs;) {
    const step: DagStep = await thread.step(from, stepLimits);
    if ((await seals.writeStep(workflowNo, step)) === 'closed') return { kind: 'nothing' };
    from = step.to;
  }
  const final = await finalRow(ports, order, graph.jobs);
  const outcome = await seals.complete({
    workflowNo,
    commandId,
    jobCount: graph.jobs + (final ? 1 : 0),
    edgeCount: graph.edges,
    tasks: taskCounts(graph, final),
    roots: graph.roots,
    rootBarriers: graph.barriers,
    final,
  });
  if (outcome.kind === 'closed') return { kind: 'nothing' };
  return { kind: 'sealed', rootBarriers: [...graph.barriers], classes: outcome.classes };
}

async function finalRow(
  { uploads }: SealPorts,
  { workflowNo, final }: SealOrder,
  ordinal: number,
): Promise<FinalRow | null> {
  if (final === null) return null;
  const [task = -1] = await tasksOf(uploads, workflowNo, [final.job]);
  return { ordinal, task, when: final.when, name: final.job.name, spec: final.job.spec };
}

function taskCounts({ sums }: Extract<DagFinish, { kind: 'whole' }>, final: FinalRow | null): TaskCounts[] {
  const counts = Array.from(sums.total, (total, task) => ({
    ...{ total, waiting: sums.waiting[task] ?? 0, first: sums.first[task] ?? 0 },
  }));
  if (final === null) return counts;
  const { total, waiting, first } = counts[final.task] ?? { total: 0, waiting: 0, first: final.ordinal };
  counts[final.task] = { total: total + 1, waiting: waiting + 1, first };
  return counts;
}

async function finishSealed(seals: SealStore, { workflowNo, commandId }: SealOrder): Promise<Sealing> {
  const rootBarriers = await seals.openRootBarriers(workflowNo);
  if (rootBarriers.length > 0) return { kind: 'sealed', rootBarriers, classes: [] };
  await seals.closeCommand(commandId);
  return { kind: 'nothing' };
}

async function refusalOf(
  { seals }: SealPorts,
  order: SealOrder,
  { faults, counts }: Extract<DagFinish, { kind: 'faulty' }>,
  thread: DagThread,
): Promise<DocumentRefusal> {
  return { errors: await explainFaults(seals, order, faults, (names) => thread.nearest(names)), counts };
}

/** The refusal is visible first; its rows follow, and the command ends when they are gone. */
async function refuse(seals: SealStore, order: SealOrder, refusal: DocumentRefusal): Promise<Sealing> {
  await seals.refuse(order.workflowNo, refusal);
  await discard(seals, order);
  return { kind: 'refused', refusal };
}

async function discard(seals: SealStore, { workflowNo, commandId }: SealOrder): Promise<void> {
  while (await seals.discardSome(workflowNo)); // ends: each call deletes rows, and nothing adds any
  await seals.closeCommand(commandId);
}

function countErrors(errors: readonly DocumentError[]): DocumentRefusal['counts'] {
  const counts: DocumentRefusal['counts'] = {};
  for (const { code } of errors) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}
