import { documentDepthMax, plainFaults, isPlain } from '../plain-value.js';
import { errorAt, type ValueFault } from '../fault.js';
import type { Refusal } from '../refusal.js';
import { nameFault } from '../text-rule.js';
import { shown, step } from '../where.js';
import { isFields, type Fields } from './fields.js';
import { taskPlace, wfVersions, type WfInstance, type WfTask } from './wf-instance.js';

/** Whether a value is meant as WfFormat: it has what no sluice/v1 document has in its header. */
export const isInstance = (value: unknown): value is Fields =>
  isFields(value) &&
  !Object.hasOwn(value, 'apiVersion') &&
  (isFields(value['workflow']) || Object.hasOwn(value, 'schemaVersion'));

/** What is not tasks comes to stand two levels deeper, under `annotations.wfformat` of the header. */
const depthMax = documentDepthMax - 2;

/**
 * Checks the types of what the mapping needs, and every text; the rest may be anything.
 * @param refusal takes the faults; their places are JSON pointers into the original
 * @returns null when tasks cannot be told apart
 */
export function readInstance(root: Fields, refusal: Refusal): WfInstance | null {
  const shape = new InstanceShape(refusal);
  if (!shape.isSupported(root)) return null;
  if (!isPlain(root, depthMax)) refusal.add(...plainFaults(root, '', depthMax).map((fault) => errorAt('', fault)));
  const name = shape.title(root);
  const parts = shape.parts(root);
  if (parts === null) return null;
  const executions = shape.executions(parts.executions, parts.tasks);
  const tasks = parts.tasks.map((task, index) => shape.task(task, index, executions.byId));
  const files = shape.files(parts.files);
  // Other faults do not hide those of the graph: all are told at once.
  if (tasks.length === 0 || tasks.includes(null)) return null;
  return {
    name,
    version: String(root['schemaVersion']),
    root,
    tasks: tasks.flatMap((task) => task ?? []),
    files: files.byId,
    strays: { executions: executions.strays, files: files.strays },
  };
}

interface InstanceParts {
  tasks: readonly unknown[];
  files: readonly unknown[];
  executions: readonly unknown[];
}

class InstanceShape {
  constructor(private readonly refusal: Refusal) {}

  isSupported(root: Fields): boolean {
    const remedy = `WfFormat ${wfVersions.join(' and ')} are read. WfCommons has a tool that brings older files up to date: wfcommons-migrate-instance.py in its repository WfFormat.`;
    const version = root['schemaVersion'];
    if (version === undefined) {
      this.tell({ code: 'MISSING_FIELD', pointer: '/schemaVersion', message: 'schemaVersion is missing', remedy });
      return false;
    }
    if (wfVersions.some((known) => version === known)) return true;
    const message = `schemaVersion is ${shown(version)}`;
    const meant = wfVersions.find((known) => version === Number(known));
    const mend = meant === undefined ? remedy : `It is a text: put it in quotes, "${meant}".`;
    this.tell({ code: 'UNSUPPORTED_VERSION', pointer: '/schemaVersion', message, remedy: mend });
    return false;
  }

  title(root: Fields): string {
    const name = root['name'];
    if (typeof name === 'string') {
      const fault = nameFault('the name of the workflow', name);
      if (fault) this.tell({ ...fault, pointer: '/name' });
      return name;
    }
    this.mistyped(root, { field: 'name', pointer: '', wanted: 'a text', needed: true });
    return '';
  }

  parts(root: Fields): InstanceParts | null {
    const workflow = this.object(root, { field: 'workflow', pointer: '', needed: true });
    if (workflow === null) return null;
    const specification = this.object(workflow, { field: 'specification', pointer: '/workflow', needed: true });
    if (specification === null) return null;
    const place = '/workflow/specification';
    const tasks = this.list(specification, { field: 'tasks', pointer: place, needed: true });
    if (tasks === null) return null;
    if (tasks.length === 0) {
      const remedy = 'Add at least one task, with its name and id.';
      this.tell({ code: 'EMPTY', pointer: `${place}/tasks`, message: 'the workflow has no tasks', remedy });
    }
    const execution = this.object(workflow, { field: 'execution', pointer: '/workflow' });
    return {
      tasks,
      files: this.list(specification, { field: 'files', pointer: place }) ?? [],
      executions: this.list(execution ?? {}, { field: 'tasks', pointer: '/workflow/execution' }) ?? [],
    };
  }

  task(value: unknown, index: number, executions: ReadonlyMap<string, WfTask['execution']>): WfTask | null {
    const pointer = taskPlace(index);
    if (!isFields(value)) {
      this.wrongType({ pointer, what: `task ${index}`, value, wanted: 'an object' });
      return null;
    }
    const id = this.id(value, pointer);
    if (id === null) return null;
    const name = this.text(value, { field: 'name', pointer, task: id });
    const ids = (field: string): readonly string[] => this.texts(value, { field, pointer, task: id });
    return {
      id,
      name: name === null || name === '' ? id : name,
      // The schema allows an empty id in a list; it names nothing.
      parents: ids('parents').filter((parent) => parent !== ''),
      children: ids('children').filter((child) => child !== ''),
      inputFiles: ids('inputFiles'),
      outputFiles: ids('outputFiles'),
      specification: value,
      execution: executions.get(id) ?? null,
    };
  }

  executions(
    values: readonly unknown[],
    tasks: readonly unknown[],
  ): { byId: ReadonlyMap<string, WfTask['execution']>; strays: Fields[] } {
    const known = new Set(tasks.map((task) => (isFields(task) ? task['id'] : null)));
    const byId = new Map<string, WfTask['execution']>();
    const strays: Fields[] = [];
    values.forEach((value, index) => {
      const pointer = `/workflow/execution/tasks/${index}`;
      if (!isFields(value)) return this.wrongType({ pointer, what: `execution ${index}`, value, wanted: 'an object' });
      const id = this.text(value, { field: 'id', pointer, needed: true });
      if (id === null) return;
      this.execution(value, { pointer, task: id });
      if (byId.has(id) || !known.has(id)) strays.push(value);
      else byId.set(id, { fields: value, index });
    });
    return { byId, strays };
  }

  files(values: readonly unknown[]): { byId: ReadonlyMap<string, Fields>; strays: Fields[] } {
    const byId = new Map<string, Fields>();
    const strays: Fields[] = [];
    values.forEach((value, index) => {
      const pointer = `/workflow/specification/files/${index}`;
      if (!isFields(value)) return this.wrongType({ pointer, what: `file ${index}`, value, wanted: 'an object' });
      const id = this.text(value, { field: 'id', pointer, needed: true });
      this.number(value, { field: 'sizeInBytes', pointer });
      if (id === null) return;
      if (byId.has(id)) strays.push(value);
      else byId.set(id, value);
    });
    return { byId, strays };
  }

  private id(task: Fields, pointer: string): string | null {
    const id = this.text(task, { field: 'id', pointer, needed: true });
    if (id === null) return null;
    const fault = id === '' ? { code: 'BAD_NAME' as const, ...emptyId } : nameFault('the id', id);
    if (fault) this.tell({ ...fault, pointer: `${pointer}/id` }, id);
    return id;
  }

  private execution(value: Fields, at: { pointer: string; task: string }): void {
    for (const field of ['runtimeInSeconds', 'memoryInBytes', 'coreCount']) this.number(value, { field, ...at });
    const command = this.object(value, { field: 'command', ...at });
    if (command === null) return;
    const inCommand = { pointer: `${at.pointer}/command`, task: at.task };
    this.text(command, { field: 'program', ...inCommand });
    this.texts(command, { field: 'arguments', ...inCommand });
  }

  private object(fields: Fields, asked: Asked): Fields | null {
    const value = fields[asked.field];
    return isFields(value) ? value : this.mistyped(fields, { ...asked, wanted: 'an object' });
  }

  private list(fields: Fields, asked: Asked): readonly unknown[] | null {
    const value = fields[asked.field];
    return Array.isArray(value) ? value : this.mistyped(fields, { ...asked, wanted: 'a list' });
  }

  private text(fields: Fields, asked: Asked): string | null {
    const value = fields[asked.field];
    return typeof value === 'string' ? value : this.mistyped(fields, { ...asked, wanted: 'a text' });
  }

  private number(fields: Fields, asked: Asked): void {
    if (typeof fields[asked.field] !== 'number') this.mistyped(fields, { ...asked, wanted: 'a number' });
  }

  private texts(fields: Fields, asked: Asked): readonly string[] {
    const list = this.list(fields, asked) ?? [];
    if (list.every((item) => typeof item === 'string')) return list;
    list.forEach((value, index) => {
      if (typeof value === 'string') return;
      const pointer = `${asked.pointer}/${asked.field}/${index}`;
      this.wrongType({ pointer, what: `an item of ${asked.field}`, value, wanted: 'a text', task: asked.task });
    });
    return [];
  }

  /** A field that is missing, null or of another type. Only a needed one must be there. */
  private mistyped(fields: Fields, { field, pointer, wanted, needed, task }: Asked & { wanted: string }): null {
    const value = fields[field];
    const place = pointer + step(field);
    const isMissing = value === undefined || value === null;
    if (!isMissing) this.wrongType({ pointer: place, what: field, value, wanted, task });
    else if (needed === true) {
      const remedy = `Add ${shown(field)}: ${wanted}.`;
      this.tell({ code: 'MISSING_FIELD', pointer: place, message: `${field} is missing`, remedy }, task);
    }
    return null;
  }

  private wrongType(at: { pointer: string; what: string; value: unknown; wanted: string; task?: string }): void {
    const { pointer, what, value, wanted, task } = at;
    const message = `${what} is ${shown(value)}, not ${wanted}`;
    this.tell({ code: 'BAD_TYPE', pointer, message, remedy: `Give ${wanted}.` }, task);
  }

  private tell(fault: ValueFault, task?: string): void {
    this.refusal.add(errorAt('', fault, task));
  }
}

interface Asked {
  field: string;
  /** Of the object that holds the field. */
  pointer: string;
  needed?: boolean;
  /** Id of the task it is about. */
  task?: string | undefined;
}

const emptyId = { message: 'the id is empty', remedy: 'Give each task an id of its own.' };
