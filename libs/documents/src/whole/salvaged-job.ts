import type { SizeLimits } from '#contracts';
import type { CheckedJob } from '#core';
import { inNfc } from '../text-rule.js';

type Fields = Readonly<Record<string, unknown>>;

/**
 * What a faulty job still says about the graph, so that jobs that name it are not called faulty too. Nothing in it is
 * told to anybody but its name.
 * @param value as parsed, of whatever shape
 * @param ordinal makes a name for a job that has none: one that no other job can have or ask for
 */
export function salvagedJob(value: unknown, ordinal: number, limits: SizeLimits): CheckedJob {
  const fields = isFields(value) ? value : {};
  const after = Array.isArray(fields['after']) ? (fields['after'] as unknown[]) : [];
  const kind = fields['kind'] === 'barrier' || fields['kind'] === 'noop' ? 'barrier' : fields['kind'];
  const isGroup = kind === 'group';
  const group = fields['in'];
  // That no document has such a position was told.
  const isPossible = (parent: number | string): boolean => typeof parent === 'string' || parent < limits.jobs;
  return {
    name: nameOf(value) ?? `\u0000${ordinal}`,
    label: '',
    template: '',
    kind: isGroup ? 'group' : kind === 'barrier' ? 'barrier' : 'job',
    // That a group is in a group was told.
    group: !isGroup && typeof group === 'string' ? inNfc(group) : null,
    // That it has too many parents was told.
    parents: after.length > limits.parentsOfOneJob ? [] : [...new Set(after.flatMap(parentOf))].filter(isPossible),
    endedParents: [],
    spec: null,
    ...(isGroup && fields['blocking'] === false && { blocking: false }),
  };
}

/** The name that a job has, good or bad; null when it has none. */
export function nameOf(value: unknown): string | null {
  const name = isFields(value) && Object.hasOwn(value, 'name') ? value['name'] : undefined;
  return typeof name === 'string' && name !== '' ? inNfc(name) : null;
}

function parentOf(item: unknown): (number | string)[] {
  const parent = isFields(item) ? item['job'] : item;
  if (typeof parent === 'string') return [inNfc(parent)];
  return Number.isSafeInteger(parent) && (parent as number) >= 0 ? [parent as number] : [];
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
