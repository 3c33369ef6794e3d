import { documentLimits, type DocumentError } from '#contracts';
import { childLists, cycleNamesMax, findCycle, mergeParents, type ParentLists } from '#core';
import type { Refusal } from '../refusal.js';
import { inNfc } from '../text-rule.js';
import { shown } from '../where.js';
import { taskPlace, type WfTask } from './wf-instance.js';

/** Parents of each task by position, each once, in the order in which they are first told. */
export type TaskGraph = readonly (readonly number[])[];

/**
 * Resolves who waits for whom. An edge counts whichever side tells it: a parent in `parents`, or a child in `children`;
 * who follows only one of the two would start tasks before their inputs exist.
 * @param refusal takes ids that stand twice, unknown parents and children, too many parents, and one cycle
 */
export function taskGraph(tasks: readonly WfTask[], refusal: Refusal): TaskGraph {
  const positions = positionsOf(tasks, refusal);
  const parents = tasks.map((): number[] => []);
  const namesakes = new NameHints(tasks);
  tasks.forEach((task, index) => {
    task.parents.forEach((id, item) => {
      const parent = positions.get(inNfc(id));
      if (parent === undefined) refusal.add(unknown({ task, index, item, id, side: 'parents' }, namesakes));
      else parents[index]?.push(parent);
    });
  });
  // After all `parents`: what these say comes first, in its own order.
  tasks.forEach((task, index) => {
    task.children.forEach((id, item) => {
      const child = positions.get(inNfc(id));
      if (child === undefined) refusal.add(unknown({ task, index, item, id, side: 'children' }, namesakes));
      else parents[child]?.push(index);
    });
  });
  const merged = mergedLists(parents);
  tellTooMany(tasks, merged, refusal);
  tellCycle(tasks, merged, refusal);
  return tasks.map((_, index) => Array.from(merged.refs.subarray(merged.start[index], merged.start[index + 1])));
}

function positionsOf(tasks: readonly WfTask[], refusal: Refusal): ReadonlyMap<string, number> {
  const positions = new Map<string, number>();
  tasks.forEach(({ id }, index) => {
    const first = positions.get(inNfc(id));
    if (first === undefined) positions.set(inNfc(id), index);
    else refusal.add(twin(id, first, index));
  });
  return positions;
}

function mergedLists(parents: readonly (readonly number[])[]): ParentLists {
  const start = new Uint32Array(parents.length + 1);
  parents.forEach((list, index) => {
    start[index + 1] = (start[index] ?? 0) + list.length;
  });
  const refs = new Uint32Array(start[parents.length] ?? 0);
  parents.forEach((list, index) => refs.set(list, start[index]));
  return mergeParents({ start, refs }, new Uint32Array(parents.length));
}

function tellTooMany(tasks: readonly WfTask[], { start }: ParentLists, refusal: Refusal): void {
  const max = documentLimits.parentsOfOneJob;
  tasks.forEach(({ id }, index) => {
    const count = (start[index + 1] ?? 0) - (start[index] ?? 0);
    if (count <= max) return;
    const message = `the task has ${count} parents; the limit is ${max}`;
    const remedy = 'Put tasks between that each gather a part of the parents.';
    refusal.add({ code: 'TOO_LARGE', where: `${taskPlace(index)}/parents`, job: id, message, remedy });
  });
}

function tellCycle(tasks: readonly WfTask[], parents: ParentLists, refusal: Refusal): void {
  const scratch = (): Uint32Array => new Uint32Array(tasks.length);
  const cycle = findCycle(parents, childLists(parents, scratch()), [scratch(), scratch()]);
  const [first] = cycle ?? [];
  if (cycle === null || first === undefined) return;
  const nameOf = (index: number): string => shown(tasks[index]?.id);
  const told = Array.from(cycle.subarray(0, cycleNamesMax), nameOf);
  const more = cycle.length > told.length ? [`(${cycle.length - told.length} more)`] : [];
  refusal.add({
    code: 'CYCLE',
    where: taskPlace(first),
    job: tasks[first]?.id,
    message: `these tasks wait for each other: ${[...told, ...more, nameOf(first)].join(' -> ')}`,
    remedy: 'Take one of these parents away, and the child that tells the same edge from the other side.',
  });
}

/** For parents given by name, as before WfFormat 1.5: the ids that were meant. Made when first asked for. */
class NameHints {
  private idOf: ReadonlyMap<string, string> | undefined;

  constructor(private readonly tasks: readonly WfTask[]) {}

  remedyFor(id: string): string {
    this.idOf ??= new Map(this.tasks.map((task) => [task.name, task.id]));
    const meant = this.idOf.get(id);
    if (meant === undefined) return 'Correct it, or add the missing task.';
    return `Name tasks by their id: a task of this name has the id ${shown(meant)}.`;
  }
}

interface UnknownEnd {
  task: WfTask;
  index: number;
  item: number;
  id: string;
  side: 'parents' | 'children';
}

const unknown = ({ task, index, item, id, side }: UnknownEnd, hints: NameHints): DocumentError => ({
  code: 'UNKNOWN_PARENT',
  where: `${taskPlace(index)}/${side}/${item}`,
  job: task.id,
  message: `no task has the id ${shown(id)}, which stands among the ${side} of ${shown(task.id)}`,
  remedy: hints.remedyFor(id),
});

const twin = (id: string, first: number, index: number): DocumentError => ({
  code: 'DUPLICATE_NAME',
  where: `${taskPlace(index)}/id`,
  job: id,
  message: `tasks ${first} and ${index} both have the id ${shown(id)}`,
  remedy: 'Give each task an id of its own; names may repeat.',
});
