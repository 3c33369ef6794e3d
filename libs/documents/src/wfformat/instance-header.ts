import { annotationField, annotationsOf } from './instance-annotations.js';
import { filledFields, isFields, without, type Fields } from './fields.js';
import { unnamedFiles } from './task-files.js';
import { extensionField, type WfInstance } from './wf-instance.js';

/** The `format` in the `source` of a header that came from WfFormat. */
export const sourceFormat = 'wfformat';

/** Stand in an execution, which must have them, when nothing is known of any run. */
export const unknownRun = { makespanInSeconds: 0, executedAt: 'unknown' } as const;

/** X5 in extension.ts. */
export const madeField = 'made';

/** The header that an instance carries (X1 in extension.ts); null: it has none, so everything is read from the instance. */
export function instanceExtension({ root }: Pick<WfInstance, 'root'>): Fields | null {
  const extension = root[extensionField];
  return isFields(extension) && Object.hasOwn(extension, 'apiVersion') ? extension : null;
}

/** The header of an instance. @param made what was found in its tasks */
export function headerOfInstance(instance: WfInstance, made: { templates: Fields; edgeCount: number }): Fields {
  const counts = { jobCount: instance.tasks.length, edgeCount: made.edgeCount };
  const extension = instanceExtension(instance);
  if (extension === null) {
    const source = { format: sourceFormat, version: instance.version };
    const annotations = filledFields(annotationsOf(instance, unnamedFiles(instance)));
    return {
      apiVersion: 'sluice/v1',
      name: instance.name,
      ...(annotations && { annotations: { [annotationField]: annotations } }),
      source,
      templates: made.templates,
      ...counts,
    };
  }
  return {
    ...without(extension, new Set([madeField])),
    name: instance.name,
    ...annotationsBeside(extension, instance),
    ...(filledFields(made.templates) && { templates: { ...made.templates, ...partOf(extension, 'templates') } }),
    ...counts,
  };
}

/** What an instance with an extension says besides: none if the extension has its own word on it. */
function annotationsBeside(extension: Fields, instance: WfInstance): Fields {
  const own = partOf(extension, 'annotations');
  const kept = keptBeside(extension, instance);
  if (kept === undefined || Object.hasOwn(own, annotationField)) return {};
  return { annotations: { ...own, [annotationField]: kept } };
}

/** What of an instance its annotations are made of. */
type AnnotatedInstance = Pick<WfInstance, 'root' | 'strays' | 'tasks' | 'files'>;

/** X5 in extension.ts. */
function keptBeside(extension: Fields, instance: AnnotatedInstance): Fields | undefined {
  const kept = annotationsOf(instance, unnamedFiles(instance));
  const made = new Set(Array.isArray(extension[madeField]) ? extension[madeField] : []);
  const workflow = partOf(kept, 'workflow');
  const specification = partOf(workflow, 'specification');
  const others = withPart(
    workflow,
    'specification',
    made.has('files') ? without(specification, filesField) : specification,
  );
  return filledFields(withPart(kept, 'workflow', made.has('execution') ? without(others, executionField) : others));
}

const filesField = new Set(['files']);
const executionField = new Set(['execution']);

/** A copy with another part; without it when nothing is in it. */
const withPart = (fields: Fields, name: string, part: Fields): Fields => ({
  ...without(fields, new Set([name])),
  ...(filledFields(part) && { [name]: part }),
});

const partOf = (fields: Fields, name: string): Fields => {
  const value = fields[name];
  return isFields(value) ? value : {};
};
