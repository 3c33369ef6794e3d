import { JobsEnded, TaskEnded, WorkflowEnded, WorkflowReopened, type PublicEvent } from '#contracts';
import { grouped } from './numbers.js';
import { cut, padEnd, printable } from './printable.js';

const width = 80;

/** `jobs.ended` of `org.sluice.jobs.ended.v1`. */
export const shortType = (type: string): string => type.replace(/^org\.sluice\./, '').replace(/\.v\d+$/, '');

export const eventHead = `${padEnd('time', 20)}  ${padEnd('workflow', 12)}  ${padEnd('type', 17)}  what`;

/** One event as a line of a table. Rows come one by one: widths are fixed. */
export function eventRow({ time, subject, type, data }: PublicEvent): string {
  const at = time.replace(/\.\d+Z$/, 'Z');
  return cut(`${at}  ${padEnd(subject, 12)}  ${padEnd(shortType(type), 17)}  ${printable(whatOf(data))}`, width);
}

/** What happened, in few words. */
export function whatOf(data: unknown): string {
  const jobs = JobsEnded.safeParse(data);
  if (jobs.success) return jobsText(jobs.data);
  const task = TaskEnded.safeParse(data);
  if (task.success) return `${task.data.label} ${task.data.state}`;
  const ended = WorkflowEnded.safeParse(data);
  if (ended.success) return ended.data.state;
  const reopened = WorkflowReopened.safeParse(data);
  return reopened.success ? `run ${reopened.data.runNo}` : JSON.stringify(data);
}

function jobsText({ tasks }: JobsEnded): string {
  const finished = tasks.reduce((sum, part) => sum + part.finished.length, 0);
  const failed = tasks.flatMap((part) => part.failed).reduce((sum, part) => sum + part.ordinals.length, 0);
  const labels = [...new Set(tasks.map(({ label }) => label))].join(', ');
  return `fin ${grouped(finished)} failed ${grouped(failed)} ${labels}`;
}
