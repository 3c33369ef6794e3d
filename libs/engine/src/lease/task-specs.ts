import { LeaseTask, Template } from '#contracts';
import type { LeaseStore, TaskSpec } from '../ports/lease-store.js';

/** Most tasks remembered. */
const tasksMax = 10_000;
/** After so long the usual run time of a task is read again, in milliseconds. */
const refreshMs = 5_000;

/** A task by number of its workflow and its own. */
interface TaskRef {
  workflowNo: string;
  task: number;
}

interface Known {
  text: string;
  readAtMs: number;
}

/** What leases say once per task, as JSON text ready to be put into an answer. */
export class TaskSpecs {
  private readonly known = new Map<string, Known>();
  /** Tasks whose stored template is none: nothing of them can be handed out. */
  private readonly bad = new Set<string>();

  constructor(
    private readonly store: Pick<LeaseStore, 'tasks'>,
    private readonly nowMs: () => number,
    private readonly onBadTask: (task: TaskRef, cause: unknown) => void = () => undefined,
  ) {}

  /** Was it found that its stored template is none? */
  isBad({ workflowNo, task }: TaskRef): boolean {
    return this.bad.size > 0 && this.bad.has(`${workflowNo}:${task}`);
  }

  /** @returns JSON text of the LeaseTask of each `workflowNo:task`; bad ones are left out. */
  async texts(refs: Map<string, TaskRef>): Promise<Map<string, string>> {
    const now = this.nowMs();
    const wanted = [...refs].filter(([key]) => now - (this.known.get(key)?.readAtMs ?? -Infinity) > refreshMs);
    if (wanted.length > 0) {
      if (this.known.size > tasksMax) this.known.clear();
      for (const spec of await this.store.tasks(wanted.map(([, ref]) => ref))) {
        this.learn(spec, now);
      }
    }
    return new Map(
      [...refs.keys()].flatMap((key) => {
        const known = this.known.get(key);
        return known && !this.bad.has(key) ? [[key, known.text] as const] : [];
      }),
    );
  }

  /** One bad task must not stop a broker: it is told once, and left out from here on. */
  private learn(spec: TaskSpec, readAtMs: number): void {
    const key = `${spec.workflowNo}:${spec.task}`;
    try {
      this.known.set(key, { text: JSON.stringify(leaseTask(spec)), readAtMs });
      this.bad.delete(key);
    } catch (cause) {
      if (!this.bad.has(key)) this.onBadTask({ workflowNo: spec.workflowNo, task: spec.task }, cause);
      if (this.bad.size >= tasksMax) this.bad.clear(); // found again when they are met
      this.bad.add(key);
    }
  }
}

function leaseTask(spec: TaskSpec): LeaseTask {
  const template = Template.parse(JSON.parse(spec.template));
  return {
    workflowNo: spec.workflowNo,
    workflow: spec.workflow,
    workflowName: spec.workflowName,
    label: spec.label,
    transform: template.transform,
    params: template.params ?? null,
    command: template.command ?? null,
    env: template.env,
    resources: template.resources,
    partition: spec.partition,
    usualMs: spec.usualMs,
  };
}
