import type { Fields } from './fields.js';

/** One task of an instance: what its specification says, and its execution if there is one. Checked in shape. */
export interface WfTask {
  id: string;
  /** Its `name`; the id when it has none. Names repeat across tasks. */
  name: string;
  parents: readonly string[];
  children: readonly string[];
  inputFiles: readonly string[];
  outputFiles: readonly string[];
  /** The entry of specification.tasks as it is written. */
  specification: Fields;
  /** The entry of execution.tasks as it is written, and its position there. */
  execution: { fields: Fields; index: number } | null;
}

/** A WfFormat instance whose fields have the types that we need. What nothing here names is still in `root`. */
export interface WfInstance {
  name: string;
  version: string;
  root: Fields;
  tasks: readonly WfTask[];
  /** Entries of specification.files by id; of an id that stands there twice, the first. */
  files: ReadonlyMap<string, Fields>;
  /** Entries that belong to nothing above: executions of unknown tasks, second entries of one id. */
  strays: { executions: readonly Fields[]; files: readonly Fields[] };
}

/** The task of a position, in the original file. */
export const taskPlace = (index: number): string => `/workflow/specification/tasks/${index}`;

/** What we read, oldest first: 1.6 adds optional metrics to 1.5, nothing else. */
export const wfVersions = ['1.5', '1.6'] as const;

/** What we write for a document that did not come from WfFormat. */
export const writtenVersion = '1.5';

/** The field that holds what only sluice/v1 can say: in the root, and in each task of the specification. */
export const extensionField = 'sluice';
