import type { CheckedJob } from '#core';
import { inNfc } from './text-rule.js';
import type { WrittenJob } from './job-shape.js';

type Parents = Pick<CheckedJob, 'parents' | 'endedParents'>;

/**
 * The parents of a job, each once. One that is named with both conditions must finish. A job's edges are counted after
 * this merge, so a parent that is given by position and by name counts as two until the upload is sealed.
 */
export function mergedParents(after: WrittenJob['after']): Parents {
  if (after === undefined || after.length === 0) return { parents: [], endedParents: [] };
  const success = new Set<number | string>();
  const ended = new Set<number | string>();
  for (const item of after) {
    if (typeof item === 'number') success.add(item);
    else if (typeof item === 'string') success.add(inNfc(item));
    else (item.on === 'ended' ? ended : success).add(typeof item.job === 'string' ? inNfc(item.job) : item.job);
  }
  for (const parent of success) ended.delete(parent);
  return { parents: [...success], endedParents: [...ended] };
}

/** Edges that a checked job adds to `edgeCount`. */
export const edgesOf = ({ parents, endedParents }: Parents): number => parents.length + endedParents.length;
