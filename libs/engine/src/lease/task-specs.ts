import { LeaseTask, Template } from '#contracts';
import type { LeaseStore, TaskSpec } from '../ports/lease-store.js';

/** Most tasks remembered. */
const tasksMax = 10_000;
/** After so long the usual run time of a task is read again, in milliseconds. */
const refreshMs = 5_000;
/** And so much sooner while there is none: the first job that ends tells it. */
const refreshUnknownMs = 20;
/** Most tasks whose usual run time is asked for before anything of them was handed out. */
const unseenMax = 256;

/** A task by number of its workflow and its own. */
interface TaskRef {
  workflowNo: string;
  task: number;
}

/** Jobs of one task and one class: they are allowed equally much. */
export interface TaskPart extends TaskRef {
  classId: number;
}

export const partKey = ({ workflowNo, task, classId }: TaskPart): string => `${workflowNo}:${task}:${classId}`;

export interface TaskSpecsOptions {
  store: Pick<LeaseStore, 'tasks'>;
  /** What jobs of a class are allowed, in MiB; null: nothing is known of it, and they get what their template asks for. */
  memoryOf: (classId: number) => number | null;
  nowMs: () => number;
  onBadTask?: ((task: TaskRef, cause: unknown) => void) | undefined;
}

interface Known {
  text: string;
  usualMs: number | null;
  readAtMs: number;
}

/** What leases say once per task, as JSON text ready to be put into an answer. */
export class TaskSpecs {
  private readonly known = new Map<string, Known>();
  /** Usual run times by task, as they were read last. */
  private readonly usual = new Map<string, { usualMs: number | null; readAtMs: number }>();
  /** Tasks whose stored template is none: nothing of them can be handed out. */
  private readonly bad = new Set<string>();

  constructor(private readonly options: TaskSpecsOptions) {}

  /** Was it found that its stored template is none? */
  isBad(ref: TaskRef): boolean {
    return this.bad.size > 0 && this.bad.has(taskKey(ref));
  }

  /** Milliseconds that a job of a task takes on average, as far as this broker knows; null: not known. */
  usualMs(ref: TaskRef): number | null {
    return this.usual.get(taskKey(ref))?.usualMs ?? null;
  }

  /** Reads the usual run times of the first of these tasks that nothing was handed out of yet. */
  async learnUsual(refs: Iterable<TaskRef>): Promise<void> {
    const now = this.options.nowMs();
    const wanted = new Map<string, TaskRef>();
    for (const ref of refs) {
      if (wanted.size === unseenMax) break;
      const key = taskKey(ref);
      if (this.isStale(this.usual.get(key), now)) wanted.set(key, ref);
    }
    if (wanted.size === 0) return;
    for (const spec of await this.options.store.tasks([...wanted.values()])) this.noteUsual(spec, now);
  }

  private noteUsual(spec: TaskSpec, readAtMs: number): void {
    if (this.usual.size >= tasksMax) this.usual.clear();
    this.usual.set(taskKey(spec), { usualMs: spec.usualMs, readAtMs });
  }

  private isStale(known: { usualMs: number | null; readAtMs: number } | undefined, now: number): boolean {
    return !known || now - known.readAtMs > (known.usualMs === null ? refreshUnknownMs : refreshMs);
  }

  /** @returns JSON text of the LeaseTask of each part, by its key; bad ones are left out. */
  async texts(parts: ReadonlyMap<string, TaskPart>): Promise<Map<string, string>> {
    const now = this.options.nowMs();
    if (this.known.size > tasksMax) this.known.clear(); // what is asked for now is read anew below
    const wanted = [...parts].filter(([key]) => this.isStale(this.known.get(key), now));
    if (wanted.length > 0) {
      const tasks = new Map(wanted.map(([, part]) => [taskKey(part), part]));
      const specs = await this.options.store.tasks([...tasks.values()]);
      const bySpec = new Map(specs.map((spec) => [taskKey(spec), spec]));
      for (const [, part] of wanted) {
        const spec = bySpec.get(taskKey(part));
        if (spec) this.learn(spec, part, now);
      }
    }
    return new Map(
      [...parts].flatMap(([key, part]) => {
        const known = this.known.get(key);
        return known && !this.isBad(part) ? [[key, known.text] as const] : [];
      }),
    );
  }

  /** One bad task must not stop a broker: it is told once, and left out from here on. */
  private learn(spec: TaskSpec, part: TaskPart, readAtMs: number): void {
    const key = taskKey(spec);
    this.noteUsual(spec, readAtMs);
    try {
      const text = JSON.stringify(leaseTask(spec, this.options.memoryOf(part.classId)));
      this.known.set(partKey(part), { text, usualMs: spec.usualMs, readAtMs });
      this.bad.delete(key);
    } catch (cause) {
      if (!this.bad.has(key)) this.options.onBadTask?.({ workflowNo: spec.workflowNo, task: spec.task }, cause);
      if (this.bad.size >= tasksMax) this.bad.clear(); // found again when they are met
      this.bad.add(key);
    }
  }
}

const taskKey = ({ workflowNo, task }: TaskRef): string => `${workflowNo}:${task}`;

function leaseTask(spec: TaskSpec, memoryMib: number | null): LeaseTask {
  const template = Template.parse(JSON.parse(spec.template));
  const asked = template.resources.memoryMib;
  const allowed = memoryMib ?? asked;
  return {
    workflowNo: spec.workflowNo,
    workflow: spec.workflow,
    workflowName: spec.workflowName,
    label: spec.label,
    space: spec.space,
    ...(spec.outputPrefix !== null && { outputPrefix: spec.outputPrefix }),
    transform: template.transform,
    params: template.params ?? null,
    command: template.command ?? null,
    env: template.env,
    resources: { ...template.resources, memoryMib: allowed },
    ...(allowed !== asked && { askedMemoryMib: asked }),
    partition: spec.partition,
    usualMs: spec.usualMs,
  };
}
