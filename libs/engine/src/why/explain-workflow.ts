import type { JobState, WorkflowWait, WorkflowWhy } from '#contracts';
import type { VisibleSpaces } from '#core';
import type { ReadStore, TaskSnapshot, WorkflowSnapshot } from '../ports/read-store.js';
import type { ShareBooks } from '../ports/share-store.js';
import type { WaitFactStore } from '../ports/wait-store.js';
import { sumCounts } from '../read/show-workflow.js';
import { explainWait, type Wait, type WaitFacts } from './explain-wait.js';
import { pausedByThemselves, pausedWait } from './paused-wait.js';
import { readFacts } from './read-facts.js';
import { withoutOthers } from './without-others.js';

export interface WorkflowWhyStores {
  reads: ReadStore;
  waits: WaitFactStore;
  shares: ShareBooks;
}

/** What keeps a workflow from its end, by label and cause, most jobs first. @returns null for an unknown one, and for one that the asker does not see. */
export async function explainWorkflow(
  stores: WorkflowWhyStores,
  { id, visible }: { id: string; visible: VisibleSpaces },
): Promise<WorkflowWhy | null> {
  const snapshot = await stores.reads.workflow(id, visible);
  if (!snapshot) return null;
  const { name, state } = snapshot;
  const facts = snapshot.ready.length > 0 ? (await readFacts(stores.waits, stores.shares)).facts : null;
  const waits = [
    ...failedWaits(snapshot),
    ...(facts ? readyWaits(snapshot, facts, visible) : []),
    ...otherWaits(snapshot),
  ];
  return { id, name, state, waits: joined(waits) };
}

type Told = Omit<WorkflowWait, 'jobs'> & { jobs: number };

function readyWaits(snapshot: WorkflowSnapshot, facts: WaitFacts, visible: VisibleSpaces): Told[] {
  return snapshot.ready.flatMap(({ label, classId, jobs }) => {
    const needs = snapshot.needs.get(classId);
    if (!needs) return [];
    return [told({ label, state: 'ready', jobs }, withoutOthers(explainWait(needs, facts), visible))];
  });
}

function pauseOf(snapshot: WorkflowSnapshot, label: string): Wait | null {
  const { id, state, pausedAt, pausedBy } = snapshot;
  const task = snapshot.tasks.find((each) => each.label === label);
  const ofLabel = { label, labelPausedAt: task?.pausedAt ?? null, labelPausedBy: task?.pausedBy ?? '' };
  return pausedWait({ workflow: id, workflowState: state, pausedAt, pausedBy, ...ofLabel });
}

/** Jobs that failed by themselves: those that were pruned for them are counted with their roots' labels by `errors`. */
function failedWaits({ id, failedBy }: WorkflowSnapshot): Told[] {
  return [...failedBy].flatMap(([label, reasons]) => {
    const jobs = Object.entries(reasons).reduce(
      (sum, [reason, count]) => (reason === 'parent_failed' || reason === 'cancelled' ? sum : sum + count),
      0,
    );
    const words = Object.entries(reasons).map(([reason, count]) => `${count} ${reason}`);
    const text = `failed: ${words.join(', ')}`;
    const remedy = `sluice errors ${id}`;
    return jobs === 0
      ? []
      : [{ ...where(label, 'failed'), jobs, cause: 'failed' as const, text, remedy, details: { ...reasons } }];
  });
}

/** Jobs that a pause holds, in back-off, with workers, and behind others. */
function otherWaits(snapshot: WorkflowSnapshot): Told[] {
  const readyOf = new Map<string, number>();
  for (const { label, jobs } of snapshot.ready) readyOf.set(label, (readyOf.get(label) ?? 0) + jobs);
  return [...byLabel(snapshot.tasks)].flatMap(([label, tasks]) => {
    const { ready, waiting, leased } = sumCounts(tasks.map((task) => task.counts));
    const pausedReady = tasks.reduce((sum, task) => sum + task.pausedReady, 0);
    const held = ready - (readyOf.get(label) ?? 0) - pausedReady;
    const paused = pauseOf(snapshot, label) ?? pausedByThemselves(snapshot.id);
    const back: Wait = { cause: 'held', subject: '', text: backOffText(tasks), remedy: null, details: {} };
    const parents: Wait = { ...back, cause: 'waits-for-parents', text: 'wait for parents' };
    const running: Wait = { ...back, cause: 'leased', text: 'are with workers' };
    return [
      told({ label, state: 'ready', jobs: pausedReady }, paused),
      told({ label, state: 'ready', jobs: held }, back),
      told({ label, state: 'waiting', jobs: waiting }, parents),
      told({ label, state: 'leased', jobs: leased }, running),
    ].filter(({ jobs }) => jobs > 0);
  });
}

/** Until when, as far as it is known: the first of them, and the last if that is another time. */
function backOffText(tasks: readonly TaskSnapshot[]): string {
  const held = tasks.flatMap((task) => task.held ?? []);
  if (held.length === 0) return 'failed and are in back-off';
  const first = new Date(Math.min(...held.map(({ fromMs }) => fromMs))).toISOString();
  const last = new Date(Math.max(...held.map(({ untilMs }) => untilMs))).toISOString();
  return `failed and are in back-off until ${first}${last === first ? '' : `, the last until ${last}`}`;
}

function byLabel(tasks: readonly TaskSnapshot[]): Map<string, TaskSnapshot[]> {
  const labels = new Map<string, TaskSnapshot[]>();
  for (const task of tasks) labels.set(task.label, [...(labels.get(task.label) ?? []), task]);
  return labels;
}

const where = (label: string, state: JobState) => ({ label, state, subject: '' });

const told = (of: { label: string; state: JobState; jobs: number }, wait: Wait): Told => ({ ...of, ...wait });

/** What is wrong before what takes its time; of these what most jobs wait for. */
const last: readonly string[] = ['leased', 'waits-for-parents'];

/** Classes of one label that wait for the same are one line. */
function joined(waits: readonly Told[]): WorkflowWait[] {
  const lines = new Map<string, Told>();
  for (const wait of waits) {
    const key = JSON.stringify([wait.label, wait.state, wait.cause, wait.subject, wait.text]);
    lines.set(key, { ...wait, jobs: wait.jobs + (lines.get(key)?.jobs ?? 0) });
  }
  return [...lines.values()].sort((a, b) => last.indexOf(a.cause) - last.indexOf(b.cause) || b.jobs - a.jobs);
}
