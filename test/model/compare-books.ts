import { createHash } from 'node:crypto';
import { expect } from '@jest/globals';
import { reasonCode, stateCode, stateOf, type MachineJob, type Told, type WorkflowMachine } from '#core';
import type { EngineRig } from '#test-kit';

/** A workflow as its machine has it. */
export interface Kept {
  workflowNo: string;
  machine: WorkflowMachine;
  labels: readonly string[];
}

/** A line for each workflow, task and job: where it is, what was counted, what it waits for, what it may use, may it run. */
const engineBooks = `
  select concat_ws(' ', 'job', s.workflow_id || ':' || s.ordinal, s.state, s.reason, s.attempt, s.parents_left, s.run_no,
    s.tries_used, s.infra_used, c.memory_mib, (h.ordinal is not null)::text, (p.ordinal is not null)::text, (r.ordinal is not null)::text) as line
  from job_state s
  left join held h on h.workflow_id = s.workflow_id and h.ordinal = s.ordinal
  left join paused_job p on p.workflow_id = s.workflow_id and p.ordinal = s.ordinal
  left join (
    select q.workflow_id, o.ordinal from ready q cross join lateral unnest(q.ordinals) as o(ordinal) where not q.paused
  ) r on r.workflow_id = s.workflow_id and r.ordinal = s.ordinal
  join task t on t.workflow_id = s.workflow_id and t.ordinal = s.task
  join ready_class c on c.id = coalesce(s.class_id, t.class_id)
  union all
  select concat_ws(' ', 'task', t.workflow_id, t.label, t.state, t.total, t.waiting, t.finished, t.failed,
    (t.paused_at is not null)::text)
  from task t
  where t.total > 0
  union all
  select concat_ws(' ', 'workflow', w.id, w.state, w.run_no, (c.cancel_requested_at is not null)::text)
  from workflow w join workflow_control c on c.workflow_id = w.id`;

/** A line for each job, task and workflow that ended, in each run, as it was told. */
const engineEvents = `
  select concat_ws(' ', 'job', o.workflow_id || ':' || e.ordinal, o.run_no, e.outcome) as line
  from outbox o
  cross join lateral jsonb_array_elements(o.body::jsonb -> 'tasks') as t(part)
  cross join lateral (
    select f.ordinal, 'finished' as outcome from jsonb_array_elements_text(t.part -> 'finished') as f(ordinal)
    union all
    select f.ordinal, r.part ->> 'reason'
    from jsonb_array_elements(t.part -> 'failed') as r(part)
    cross join lateral jsonb_array_elements_text(r.part -> 'ordinals') as f(ordinal)
  ) e
  where o.type = 'org.sluice.jobs.ended.v1'
  union all
  select concat_ws(' ', 'task', o.workflow_id, o.run_no, o.body::jsonb ->> 'label', o.body::jsonb ->> 'state')
  from outbox o where o.type = 'org.sluice.task.ended.v1'
  union all
  select concat_ws(' ', 'workflow', o.workflow_id, o.run_no, o.body::jsonb ->> 'state')
  from outbox o where o.type = 'org.sluice.workflow.ended.v1'
  union all
  select concat_ws(' ', 'reopened', o.workflow_id, o.body::jsonb ->> 'runNo')
  from outbox o where o.type = 'org.sluice.workflow.reopened.v1'`;

/** One query, as a digest and as lines. */
interface Side {
  digest: string;
  lines: string;
}

const sideOf = (query: string): Side => ({
  digest: `select md5(coalesce(string_agg(line, e'\\n' order by line collate "C"), '')) from (${query}) b`,
  lines: `select line from (${query}) b order by line collate "C"`,
});

const books = sideOf(engineBooks);
const events = sideOf(engineEvents);

/** The engine's jobs, tasks and workflows are those of the machines. */
export const compareBooks = (rig: EngineRig, kept: readonly Kept[]): Promise<void> =>
  compare(rig, books, kept.flatMap(booksOf));

/** The engine has told what the machines tell: all of it, once. */
export const compareEvents = (rig: EngineRig, kept: readonly Kept[]): Promise<void> =>
  compare(
    rig,
    events,
    kept.flatMap((one) => one.machine.told.map((told) => lineOf(told, one))),
  );

/** Only where digests differ are the lines themselves read. */
async function compare(rig: EngineRig, side: Side, expected: string[]): Promise<void> {
  expected.sort();
  const [row] = await rig.query(side.digest);
  if (row?.[0] === createHash('md5').update(expected.join('\n')).digest('hex')) return;
  const engine = await rig.query(side.lines);
  expect(engine.map(([line]) => line)).toEqual(expected);
  throw new Error('the digests differ where the lines do not');
}

function booksOf({ workflowNo, machine, labels }: Kept): string[] {
  const { state, runNo, cancelRequested, jobs } = machine;
  const tasks = labels.flatMap((label, task) => {
    const books = machine.taskBooks(task);
    if (books.total === 0) return [];
    const counts = [books.total, books.waiting, books.finished, books.failed];
    return [['task', workflowNo, label, books.state, ...counts, books.paused].join(' ')];
  });
  return [
    ['workflow', workflowNo, state, runNo, cancelRequested].join(' '),
    ...tasks,
    ...jobs.map((job, ordinal) => jobLine(job, `${workflowNo}:${ordinal}`, machine, ordinal)),
  ];
}

function jobLine(job: MachineJob, name: string, machine: WorkflowMachine, ordinal: number): string {
  const { place, reason, attempt, runNo, tries, infra, memoryMib, paused } = job;
  const code = [stateCode[stateOf(place)], reason === null ? 0 : reasonCode[reason]];
  const used = [attempt, machine.parentsLeft(ordinal), runNo, tries, infra, memoryMib];
  return ['job', name, ...code, ...used, place === 'held', paused, machine.isGrantable(ordinal)].join(' ');
}

function lineOf(told: Told, { workflowNo, labels }: Kept): string {
  switch (told.what) {
    case 'job':
      return `job ${workflowNo}:${told.ordinal} ${told.runNo} ${told.outcome}`;
    case 'task':
      return `task ${workflowNo} ${told.runNo} ${labels[told.task] ?? ''} ${told.state}`;
    case 'workflow':
      return `workflow ${workflowNo} ${told.runNo} ${told.state}`;
    case 'reopened':
      return `reopened ${workflowNo} ${told.runNo}`;
  }
}
