import type { WrittenJob } from '../job-shape.js';
import { without, type Fields } from './fields.js';

/**
 * Owns how WfFormat carries what only sluice/v1 can say. Its schema allows fields that it does not name.
 *
 * X1 The root's `sluice` is the header, without what the instance itself says: name, counts, kept annotations.
 * X2 A task's `sluice` holds fields of its job that the instance does not say alike; it wins over what is read from it.
 * X3 `parents` always tells who waits for whom; `sluice.ended` names those of them that need not finish.
 * X4 `sluice.absent` names fields that the instance would give the job and that it does not have.
 * X5 The root's `sluice.made` says that the list of `files`, or the `execution`, was first made for this instance: then
 *    what is in it besides tasks and their files is no annotation of the header.
 */
export interface TaskExtension {
  /** Fields of the job. */
  fields: Fields;
  /** Ids of parents. */
  ended: ReadonlySet<string>;
  absent: ReadonlySet<string>;
}

const ownFields = new Set(['ended', 'absent']);

/** Reads the `sluice` of a task; of lists that are none nothing is taken. */
export function taskExtension(written: Fields): TaskExtension {
  return {
    fields: without(written, ownFields),
    ended: new Set(texts(written['ended'])),
    absent: new Set(texts(written['absent'])),
  };
}

/** X2-X4: what a job is when its task says `base`. */
export function extendedJob(base: Fields, { fields, absent }: TaskExtension): Fields {
  return { ...without(base, absent), ...fields };
}

/** X3. @param ids of the parents, in the order of `after` */
export function afterOf(
  parents: readonly number[],
  { idOf, ended }: { idOf: (parent: number) => string; ended: ReadonlySet<string> },
): NonNullable<WrittenJob['after']> {
  return parents.map((job) => (ended.has(idOf(job)) ? { job, on: 'ended' } : job));
}

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
