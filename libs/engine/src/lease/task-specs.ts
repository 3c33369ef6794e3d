import { LeaseTask, Template } from '#contracts';
import type { LeaseStore, TaskSpec } from '../ports/lease-store.js';

/** Most tasks remembered. */
const tasksMax = 10_000;
/** After so long the usual run time of a task is read again, in milliseconds. */
const refreshMs = 5_000;

interface Known {
  text: string;
  readAtMs: number;
}

/** What leases say once per task, as JSON text ready to be put into an answer. */
export class TaskSpecs {
  private readonly known = new Map<string, Known>();

  constructor(
    private readonly store: Pick<LeaseStore, 'tasks'>,
    private readonly nowMs: () => number,
  ) {}

  /** @returns JSON text of the LeaseTask of each `workflowNo:task`. */
  async texts(refs: Map<string, { workflowNo: string; task: number }>): Promise<Map<string, string>> {
    const now = this.nowMs();
    const wanted = [...refs].filter(([key]) => now - (this.known.get(key)?.readAtMs ?? -Infinity) > refreshMs);
    if (wanted.length > 0) {
      if (this.known.size > tasksMax) this.known.clear();
      for (const spec of await this.store.tasks(wanted.map(([, ref]) => ref))) {
        this.known.set(`${spec.workflowNo}:${spec.task}`, { text: JSON.stringify(leaseTask(spec)), readAtMs: now });
      }
    }
    return new Map([...refs.keys()].map((key) => [key, this.known.get(key)?.text ?? '{}']));
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
