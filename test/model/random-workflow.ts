import { Resources, RetryPolicy } from '#contracts';
import type { MachineShape, MemoryPolicy, WorkflowMachine } from '#core';
import type { Random, TransitionRules, TrialJob, TrialWorkflow } from '#test-kit';

/** A workflow for the engine, and the machine of the same. */
export interface RandomWorkflow {
  document: TrialWorkflow;
  machine: WorkflowMachine;
  /** Labels of the machine's tasks, by number. */
  labels: readonly string[];
}

const labels = ['prepare', 'reduce', 'merge'];

/** Jobs under three labels, each with its own retry policy; some of them barriers. */
export function randomWorkflow(
  random: Random,
  size: { jobsMin: number; jobsMax: number },
  rules: TransitionRules,
): RandomWorkflow {
  const jobs = randomJobs(random, random.between(size.jobsMin, size.jobsMax));
  const final = random.pick([null, 'always', 'success'] as const);
  const finalLabel = random.once(2) ? 'final' : random.pick(labels);
  const retry = Object.fromEntries([...labels, 'final'].map((label) => [label, randomRetry(random)]));
  const resources = Object.fromEntries([...labels, 'final'].map((label) => [label, randomResources(random)]));
  const onFailure = random.once(5) ? 'failFast' : 'continue';
  const taskLabels = [...labels, 'final', 'barrier'];
  const shapes: MachineShape[] = jobs.map(({ label = '', kind = 'job', parents = [], endedParents = [] }) => ({
    kind,
    task: taskLabels.indexOf(kind === 'barrier' ? 'barrier' : label),
    success: parents,
    ended: endedParents,
  }));
  if (final !== null) shapes.push({ kind: 'final', task: taskLabels.indexOf(finalLabel), success: [], ended: [] });
  const tasks = taskLabels.map((label) => ({
    ...RetryPolicy.parse(retry[label] ?? {}),
    memory: memoryPolicy(Resources.parse(resources[label] ?? {})),
  }));
  return {
    document: { jobs, retry, resources, final, finalLabel, onFailure },
    machine: new rules.WorkflowMachine({ jobs: shapes, tasks, finalWhen: final, failFast: onFailure === 'failFast' }),
    labels: taskLabels,
  };
}

/** Parents come first or last in the document; few or many of them; near or far. */
function randomJobs(random: Random, size: number): TrialJob[] {
  const parentsMax = random.between(1, 4);
  const reach = random.pick([3, 10, 60]) * Math.ceil(size / 60);
  const place = random.once(3) ? (no: number) => size - 1 - no : (no: number) => no;
  const rows: TrialJob[] = new Array<TrialJob>(size);
  for (let no = 0; no < size; no += 1) {
    const near = Array.from({ length: Math.min(no, reach) }, (_, back) => place(no - 1 - back));
    const parents = random.some(near, random.once(4) ? 0 : random.between(0, parentsMax));
    const endedFrom = random.once(3) ? random.below(parents.length + 1) : parents.length;
    rows[place(no)] = {
      label: random.pick(labels),
      kind: random.once(6) ? 'barrier' : 'job',
      parents: parents.slice(0, endedFrom),
      endedParents: parents.slice(endedFrom),
    };
  }
  return rows;
}

function randomRetry(random: Random): Partial<RetryPolicy> {
  return {
    retries: random.below(3),
    infraRetries: random.below(3),
    backoffSec: random.once(2) ? 0 : 100,
    rules: random.once(3)
      ? [
          { exit: [7], then: 'fail' },
          { reason: ['memory'], then: random.pick(['retry', 'fail']) },
          { reason: ['error', 'lost'], then: 'retry', memory: random.pick(['grow', 'keep']), backoffSec: 0 },
          { reason: ['timeout'], then: 'retry', site: 'other' },
        ]
      : [],
  };
}

/** Some ask for little and grow, up to a ceiling or without one. */
const randomResources = (random: Random): Partial<Resources> => ({
  memoryMib: random.pick([500, 1_000, 2_048]),
  memoryGrowth: random.pick([null, 1.5, 2]),
  memoryMaxMib: random.pick([null, 3_000]),
});

const memoryPolicy = ({ memoryMib, memoryGrowth, memoryMaxMib }: Resources): MemoryPolicy => ({
  askedMib: memoryMib,
  growth: memoryGrowth,
  maxMib: memoryMaxMib,
});
