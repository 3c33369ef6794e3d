import { filledFields, without, type Fields } from './fields.js';
import type { WfInstance } from './wf-instance.js';

/** A file as a job names it. */
export interface JobFile {
  name: string;
  bytes?: number;
}

const mapped = new Set(['id', 'sizeInBytes']);

/**
 * The files of an instance, which stand in a list of their own there. A job carries its files' sizes itself; what else
 * is known of a file goes with the first job that names it.
 */
export class TaskFiles {
  private readonly named = new Set<string>();

  /** @param files entries by id; may grow until a file is first named */
  constructor(private readonly files: ReadonlyMap<string, Fields>) {}

  use(id: string): JobFile {
    const bytes = this.files.get(id)?.['sizeInBytes'];
    return typeof bytes === 'number' ? { name: id, bytes } : { name: id };
  }

  /**
   * What only WfFormat knows of some files, by id; of files named before nothing.
   * @returns undefined when there is nothing
   */
  firstTold(ids: Iterable<string>): Fields | undefined {
    const told: [string, Fields][] = [];
    for (const id of ids) {
      const file = this.named.has(id) ? undefined : this.files.get(id);
      this.named.add(id);
      const rest = file && without(file, mapped);
      // A listed file without a size is told apart from one that is not listed by an empty entry.
      if (rest && (filledFields(rest) || typeof file['sizeInBytes'] !== 'number')) told.push([id, oddSize(file, rest)]);
    }
    return filledFields(Object.fromEntries(told));
  }
}

/** `sizeInBytes: null` is kept as it is. */
const oddSize = (file: Fields, rest: Record<string, unknown>): Fields =>
  file['sizeInBytes'] === null ? { sizeInBytes: null, ...rest } : rest;

/** Entries of an instance's list of files that no task names. */
export function unnamedFiles({ tasks, files }: Pick<WfInstance, 'tasks' | 'files'>): Fields[] {
  const named = new Set(tasks.flatMap(({ inputFiles, outputFiles }) => [...inputFiles, ...outputFiles]));
  return [...files].flatMap(([id, file]) => (named.has(id) ? [] : [file]));
}
