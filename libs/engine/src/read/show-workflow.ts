import type { Counts, FailedBy, TaskView, WorkflowState, WorkflowView } from '#contracts';
import { isOpenWorkflow, type VisibleSpaces } from '#core';
import type { ReadStore, TaskSnapshot, WorkflowSnapshot } from '../ports/read-store.js';
import { closedSiteText, sitesClosedTo } from '../why/closed-site-text.js';
import { gapRemedy } from '../why/remedies.js';
import { findGap } from './find-gap.js';
import { labelMemory } from './label-memory.js';

/** Ended jobs a second of a workflow, by its public id; null while nothing is known. */
export type RateOf = (workflow: string) => number | null;

/**
 * The workflow as `show` and `report` tell it, in one snapshot and one statement; where sites hold it up, another one says by
 * whose order. @returns null for an unknown one, and for one that the asker does not see.
 */
export async function showWorkflow(
  { store, rateOf }: { store: ReadStore; rateOf: RateOf },
  { id, visible }: { id: string; visible: VisibleSpaces },
): Promise<WorkflowView | null> {
  const snapshot = await store.workflow(id, visible);
  if (!snapshot) return null;
  const tasks = tasksByLabel(snapshot).map((task) => (isPaused(snapshot) ? pausedTask(task) : task));
  const counts = sumCounts(tasks.map((task) => task.counts));
  const rate = isOpenWorkflow(snapshot.state) ? rateOf(id) : null;
  const { name, state, submittedAt, endedAt, runNo, space, owner, cancelRequested, pausedAt, archived } = snapshot;
  const { cancelCause, timeoutSec, deadlineAt } = snapshot;
  return {
    workflow: {
      ...{ id, name, state, counts, failedBy: sumFailures(tasks), submittedAt, endedAt },
      ...{ runNo, space, owner, cancelRequested, pausedAt, ...(archived && { archived }) },
      ...(cancelCause && { cancelCause }),
      ...(timeoutSec !== null && { timeout: { sec: timeoutSec, at: deadlineAt } }),
    },
    tasks,
    rate,
    etaSec: isPaused(snapshot) ? null : etaSec(counts, rate),
    gaps: isPaused(snapshot) ? [] : await findGaps(store, snapshot), // what holds its jobs up is the pause
    ...(snapshot.deadLetters && { deadLetters: snapshot.deadLetters }),
  };
}

const isPaused = ({ state }: WorkflowSnapshot): boolean => state === 'paused';

const pausedTask = (task: TaskView): TaskView => (task.state === 'running' ? { ...task, state: 'paused' } : task);

/** Tasks with one label are one row: a label may have several templates. In the order of the document. */
function tasksByLabel(snapshot: WorkflowSnapshot): TaskView[] {
  const groups = new Map<string, TaskSnapshot[]>();
  for (const task of snapshot.tasks) {
    const group = groups.get(task.label);
    if (group) group.push(task);
    else groups.set(task.label, [task]);
  }
  return [...groups].map(([label, group]) => {
    const pausedReady = group.reduce((sum, task) => sum + task.pausedReady, 0);
    const memory = labelMemory(group.map((task) => task.memory));
    return {
      label,
      state: joinStates(group.map((task) => task.state)),
      counts: sumCounts(group.map((task) => task.counts)),
      failedBy: snapshot.failedBy.get(label) ?? {},
      ...(pausedReady > 0 && { pausedReady }),
      ...(memory && { memory }),
    };
  });
}

/** Of templates under one label: running while one runs; what all ended as, else `partial`. */
function joinStates(states: readonly WorkflowState[]): WorkflowState {
  const [first, ...others] = new Set(states);
  if (states.includes('running') || first === undefined) return 'running';
  if (states.includes('paused')) return 'paused'; // labels are paused in all their templates
  return others.length === 0 ? first : 'partial';
}

/** Counts of many, added up. */
export function sumCounts(all: readonly Counts[]): Counts {
  const sum: Counts = { total: 0, waiting: 0, ready: 0, leased: 0, finished: 0, failed: 0 };
  for (const counts of all) {
    for (const state of Object.keys(sum) as (keyof Counts)[]) sum[state] += counts[state];
  }
  return sum;
}

function sumFailures(tasks: readonly TaskView[]): FailedBy {
  const sum: FailedBy = {};
  for (const { failedBy } of tasks) {
    for (const [reason, jobs] of Object.entries(failedBy) as [keyof FailedBy, number][]) {
      sum[reason] = (sum[reason] ?? 0) + jobs;
    }
  }
  return sum;
}

function etaSec(counts: Counts, rate: number | null): number | null {
  const left = counts.total - counts.finished - counts.failed;
  return rate === null || rate <= 0 || left === 0 ? null : Math.ceil(left / rate);
}

/** Ready jobs that no worker can run: one entry for each label and gap, in the words of `why`. */
async function findGaps(
  store: ReadStore,
  { tasks, ready, needs, workers }: WorkflowSnapshot,
): Promise<WorkflowView['gaps']> {
  const paused = new Set(tasks.flatMap(({ label, state }) => (state === 'paused' ? label : [])));
  const found = ready.flatMap(({ label, classId, jobs }) => {
    const asked = needs.get(classId);
    const gap = asked && !paused.has(label) && findGap(asked, workers);
    return gap ? [{ label, jobs, asked, gap }] : [];
  });
  const closed = found.some(({ gap }) => gap.cause === 'site-closed') ? await store.closedSites() : new Map();
  const gaps = new Map<string, WorkflowView['gaps'][number]>();
  for (const { label, jobs, asked, gap } of found) {
    const text =
      gap.cause === 'site-closed'
        ? closedSiteText(sitesClosedTo(asked, workers, closed), gapRemedy(gap, asked) ?? '')
        : gap.text;
    const key = JSON.stringify([label, text]);
    gaps.set(key, { label, jobs: (gaps.get(key)?.jobs ?? 0) + jobs, gap: text });
  }
  return [...gaps.values()];
}
