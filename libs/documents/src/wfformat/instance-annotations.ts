import { filledFields, isFields, without, type Fields } from './fields.js';
import { extensionField, type WfInstance } from './wf-instance.js';

/** The field of a header's `annotations` that keeps what of an instance has no place in a header or job. */
export const annotationField = 'wfformat';

const mappedOfRoot = new Set(['name', 'schemaVersion', 'workflow', extensionField]);
const mappedOfWorkflow = new Set(['specification', 'execution']);
const mappedOfSpecification = new Set(['tasks', 'files']);
const mappedOfExecution = new Set(['tasks']);

/**
 * What is left of an instance when its tasks are taken out, in the shape it had. Entries that are no task's stand
 * where they stood: files that no task names, executions of unknown tasks.
 * @param unnamedFiles entries of the list of files that no task names
 */
export function annotationsOf(
  { root, strays }: Pick<WfInstance, 'root' | 'strays'>,
  unnamedFiles: readonly Fields[],
): Fields {
  const workflow = part(root, 'workflow');
  const specification = part(workflow, 'specification');
  const restOfSpecification = {
    ...without(specification, mappedOfSpecification),
    ...(Object.hasOwn(specification, 'files') && { files: [...unnamedFiles, ...strays.files] }),
  };
  const restOfExecution = {
    ...without(part(workflow, 'execution'), mappedOfExecution),
    ...(strays.executions.length > 0 && { tasks: strays.executions }),
  };
  const restOfWorkflow = {
    ...without(workflow, mappedOfWorkflow),
    ...(filledFields(restOfSpecification) && { specification: restOfSpecification }),
    ...(isFields(workflow['execution']) && { execution: restOfExecution }),
  };
  return { ...without(root, mappedOfRoot), ...(filledFields(restOfWorkflow) && { workflow: restOfWorkflow }) };
}

/** What annotationsOf() kept, taken apart again; empty parts where there is nothing. */
export interface KeptAnnotations {
  root: Fields;
  workflow: Fields;
  specification: Fields;
  /** undefined: the instance had no execution. */
  execution: Fields | undefined;
  /** undefined: the instance had no list of files. */
  files: readonly Fields[] | undefined;
  executions: readonly Fields[];
}

/** @returns null when the annotations are not such as annotationsOf() makes: then they are somebody else's. */
export function keptAnnotations(annotation: unknown): KeptAnnotations | null {
  if (!isFields(annotation)) return null;
  const workflow = objectOr(annotation['workflow']);
  const specification = objectOr(workflow?.['specification']);
  const execution = objectOr(workflow?.['execution']);
  if (workflow === null || specification === null || execution === null) return null;
  const files = listOr(specification['files']);
  const executions = listOr(execution['tasks']);
  if (files === null || executions === null) return null;
  if (['name', 'schemaVersion', extensionField].some((name) => Object.hasOwn(annotation, name))) return null;
  if (Object.hasOwn(specification, 'tasks')) return null;
  return {
    root: without(annotation, mappedOfRoot),
    workflow: without(workflow, mappedOfWorkflow),
    specification: without(specification, mappedOfSpecification),
    execution: isFields(workflow['execution']) ? without(execution, mappedOfExecution) : undefined,
    files: Object.hasOwn(specification, 'files') ? files : undefined,
    executions,
  };
}

const part = (fields: Fields, name: string): Fields => {
  const value = fields[name];
  return isFields(value) ? value : {};
};

/** An object, or an empty one where there is none; null for anything else. */
function objectOr(value: unknown): Fields | null {
  if (value === undefined) return {};
  return isFields(value) ? value : null;
}

function listOr(value: unknown): readonly Fields[] | null {
  if (value === undefined) return [];
  return Array.isArray(value) && value.every(isFields) ? value : null;
}
