import { packKind, refBits } from './pack.js';
import type { ChildLists } from './parent-lists.js';
import { packParents, type WrittenLinks } from './parent-pack.js';
import { kindCode } from '../codes.js';

/** What is written about a run of jobs in one step. Arrays by place in the step, except the children. */
export interface DagStep {
  /** Ordinal of the first job. */
  from: number;
  /** Ordinal after the last job. */
  to: number;
  task: Uint32Array;
  /** Values of kindCode. */
  kind: Uint8Array;
  parentsLeft: Uint32Array;
  /** Children of place i: children[childStart[i]] to children[childStart[i + 1] - 1]. */
  childStart: Uint32Array;
  /** Ordinals; with refBits.ended where the parent must only end. */
  children: Uint32Array;
  /** Parents that the document names for these jobs, before groups became edges: as many as `written` holds. */
  writtenEdges: number;
  /** What the document says about parents and groups of these jobs, as packParents() keeps it. */
  written: Uint8Array<ArrayBuffer>;
}

/** How much one step may hold: one job is always in, however many edges it has. */
export interface StepLimits {
  jobs: number;
  /** Children of its jobs, and likewise parents that the document names for them. */
  edges: number;
}

/** By ordinal of the task. */
export interface TaskSums {
  total: Uint32Array;
  waiting: Uint32Array;
  /** Its first job in the document; of a task without jobs the number of jobs. */
  first: Uint32Array;
}

/** A checked graph, held as typed arrays: 13 bytes a job and 8 an edge; with groups, 8 bytes a job and 4 an edge more. */
export class Dag {
  readonly jobs: number;
  readonly edges: number;
  private readonly childStart: Uint32Array;
  private readonly children: Uint32Array;

  /** @param parentStart of each job and one more: where its parents start, so that differences count them. */
  constructor(
    private readonly task: Uint32Array,
    private readonly kind: Uint8Array,
    private readonly parentStart: Uint32Array,
    { start, children }: ChildLists,
    private readonly written: WrittenLinks,
  ) {
    this.jobs = task.length;
    this.edges = children.length;
    this.childStart = start;
    this.children = children;
  }

  /** The step that starts at `from`. Copies, so that it may leave the thread. */
  step(from: number, limits: StepLimits): DagStep {
    const to = this.stepEnd(from, limits);
    const firstChild = this.childStart[from] ?? 0;
    return {
      from,
      to,
      task: this.task.slice(from, to),
      kind: this.kind.slice(from, to).map((kind) => (kind === packKind.job ? kindCode.job : kindCode.barrier)),
      parentsLeft: Uint32Array.from({ length: to - from }, (_, place) => this.parents(from + place)),
      childStart: this.childStart.slice(from, to + 1).map((start) => start - firstChild),
      children: this.children.slice(firstChild, this.childStart[to]),
      writtenEdges: (this.written.parents.start[to] ?? 0) - (this.written.parents.start[from] ?? 0),
      written: packParents(this.written, from, to),
    };
  }

  /** Jobs of each task, and how many of them wait for parents. */
  taskSums(tasks: number): TaskSums {
    const total = new Uint32Array(tasks);
    const waiting = new Uint32Array(tasks);
    const first = new Uint32Array(tasks).fill(this.jobs);
    for (let job = 0; job < this.jobs; job++) {
      const task = this.task[job] ?? 0;
      if (total[task] === 0) first[task] = job;
      total[task] = (total[task] ?? 0) + 1;
      if (this.parents(job) > 0) waiting[task] = (waiting[task] ?? 0) + 1;
    }
    return { total, waiting, first };
  }

  /** Jobs on the longest way from a root to a leaf, groups and barriers too; 0 only without jobs. */
  depth(): number {
    const left = Uint32Array.from({ length: this.jobs }, (_, job) => this.parents(job));
    const level = new Uint32Array(this.jobs).fill(1);
    const queue = new Uint32Array(this.jobs);
    let tail = 0;
    for (let job = 0; job < this.jobs; job++) if (left[job] === 0) queue[tail++] = job;
    let deepest = this.jobs === 0 ? 0 : 1;
    for (let head = 0; head < tail; head++) {
      const job = queue[head] ?? 0;
      const below = (level[job] ?? 0) + 1;
      for (let i = this.childStart[job] ?? 0, end = this.childStart[job + 1] ?? 0; i < end; i++) {
        const child = (this.children[i] ?? 0) & refBits.value;
        if ((level[child] ?? 0) < below) level[child] = below;
        if (below > deepest) deepest = below;
        const unmet = (left[child] ?? 0) - 1;
        left[child] = unmet;
        if (unmet === 0) queue[tail++] = child;
      }
    }
    return deepest;
  }

  /** Roots that a worker may run, by task, in order of ordinal; and the barriers among the roots. */
  roots(): { byTask: Map<number, Uint32Array>; barriers: Uint32Array } {
    const jobs = new Map<number, number[]>();
    const barriers: number[] = [];
    for (let job = 0; job < this.jobs; job++) {
      if (this.parents(job) > 0) continue;
      if (this.kind[job] !== packKind.job) barriers.push(job);
      else listOf(jobs, this.task[job] ?? 0).push(job);
    }
    const byTask = new Map([...jobs].map(([task, ordinals]) => [task, Uint32Array.from(ordinals)]));
    return { byTask, barriers: Uint32Array.from(barriers) };
  }

  private parents(job: number): number {
    return (this.parentStart[job + 1] ?? 0) - (this.parentStart[job] ?? 0);
  }

  private stepEnd(from: number, { jobs, edges }: StepLimits): number {
    const last = Math.min(this.jobs, from + jobs);
    const writtenStart = this.written.parents.start;
    const childEnd = (this.childStart[from] ?? 0) + edges;
    const writtenEnd = (writtenStart[from] ?? 0) + edges;
    let to = from + 1;
    while (to < last && (this.childStart[to + 1] ?? 0) <= childEnd && (writtenStart[to + 1] ?? 0) <= writtenEnd) to++;
    return to;
  }
}

function listOf(lists: Map<number, number[]>, task: number): number[] {
  const list = lists.get(task) ?? [];
  if (list.length === 0) lists.set(task, list);
  return list;
}

/** Whether a child of a step waits for its parent only to end. */
export const isEndedChild = (child: number): boolean => (child & refBits.ended) !== 0;
