import type { CheckedJob } from '#core';
import { inNfc } from './text-rule.js';
import type { WrittenJob } from './job-shape.js';

type After = NonNullable<WrittenJob['after']>[number];
type Parents = Pick<CheckedJob, 'parents' | 'endedParents'>;

/**
 * The parents of a job, each once. One that is named with both conditions must finish. A job's edges are counted after
 * this merge, so a parent that is given by position and by name counts as two until the upload is sealed.
 */
export function mergedParents(after: WrittenJob['after'] = []): Parents {
  if (after.length <= fewParents && after.every(isBare)) return { parents: mergedFew(after), endedParents: [] };
  const success = new Set<number | string>();
  const ended = new Set<number | string>();
  for (const item of after) {
    if (isBare(item)) success.add(kept(item));
    else (item.on === 'ended' ? ended : success).add(kept(item.job));
  }
  for (const parent of success) ended.delete(parent);
  return { parents: [...success], endedParents: [...ended] };
}

/** Up to here looking through a list is faster than a set, and nearly all jobs are below. */
const fewParents = 16;

function mergedFew(after: readonly (number | string)[]): (number | string)[] {
  const parents: (number | string)[] = [];
  for (const item of after) {
    const parent = kept(item);
    if (!parents.includes(parent)) parents.push(parent);
  }
  return parents;
}

const isBare = (item: After): item is number | string => typeof item !== 'object';

const kept = (parent: number | string): number | string => (typeof parent === 'string' ? inNfc(parent) : parent);

/** Edges that a checked job adds to `edgeCount`. */
export const edgesOf = ({ parents, endedParents }: Parents): number => parents.length + endedParents.length;
