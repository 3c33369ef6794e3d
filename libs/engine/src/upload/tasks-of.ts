import { Template } from '#contracts';
import type { CheckedJob } from '#core';
import type { NewTask, OwnedTemplates, TaskKey, UploadStore } from '../ports/upload-store.js';
import { readyClassOf } from './ready-class.js';

/** Barriers and groups without a template: no worker ever leases the class, because barriers get no ready row. */
const barrierTemplate = Template.parse({ transform: 'barrier' });
const barrierLabel = 'barrier';

/**
 * Finds the task of each job, and makes those seen for the first time.
 * @returns ordinals of tasks by place in `jobs`.
 */
export async function tasksOf(store: UploadStore, workflowNo: string, jobs: readonly CheckedJob[]): Promise<number[]> {
  const places = new Map<string, number>();
  const keys: TaskKey[] = [];
  const placeOf = jobs.map((job) => {
    const key = taskKeyOf(job);
    const text = JSON.stringify(key);
    const place = places.get(text) ?? keys.push(key) - 1;
    places.set(text, place);
    return place;
  });
  const tasks = await findOrMake(store, workflowNo, keys);
  return placeOf.map((place) => tasks[place] ?? -1);
}

function taskKeyOf({ label, template, kind }: CheckedJob): TaskKey {
  return { label: kind !== 'job' && label === '' ? barrierLabel : label, templateName: template };
}

async function findOrMake(store: UploadStore, workflowNo: string, keys: TaskKey[]): Promise<number[]> {
  const found = await store.findTasks(workflowNo, keys);
  const missing = keys.filter((_, place) => found[place] === null);
  if (missing.length === 0) return certain(found);
  const owned = await store.readTemplates(workflowNo, [...new Set(missing.map((key) => key.templateName))]);
  await store.makeTasks(
    workflowNo,
    missing.map((key) => newTask(key, owned)),
  );
  return certain(await store.findTasks(workflowNo, keys));
}

function newTask(key: TaskKey, { templates, ...owner }: OwnedTemplates): NewTask {
  const template = key.templateName === '' ? barrierTemplate : templates[key.templateName];
  if (!template) throw new Error(`the header has no template '${key.templateName}': its jobs were not checked`);
  return { ...key, template, readyClass: readyClassOf(template, owner) };
}

function certain(tasks: (number | null)[]): number[] {
  return tasks.map((task) => {
    if (task === null) throw new Error('a task that was just made is not there');
    return task;
  });
}
