import type { WhyView, WorkflowWait, WorkflowWhy } from '#contracts';
import { grouped } from './numbers.js';
import { printable } from './printable.js';

/** Lines of an answer in all. */
const linesMax = 24;
/** Lines of the example, and what a wait takes with its remedy. */
const exampleMax = 4;
const linesOfWait = 2;

/**
 * What holds a workflow up, most important first, and what to do about it.
 * @param example a job that waits for parents; null: none does
 */
export function whyLines({ id, name, state, waits }: WorkflowWhy, example: WhyView | null): string[] {
  const head = `${id} ${printable(name)}: ${state}`;
  if (waits.length === 0) return [head];
  const examples = example === null ? [] : [example.job, ...example.lines].slice(0, exampleMax).map(printable);
  const room = Math.floor((linesMax - 2 - examples.length) / linesOfWait);
  const shown = waits.slice(0, room).flatMap(waitLines);
  const more = waits.length - room;
  return [
    head,
    ...shown,
    ...(more > 0 ? [`  and ${grouped(more)} more: -o ndjson for all`] : []),
    ...examples.map((line, at) => (at === 0 ? `  such as ${line}` : `    ${line}`)),
  ];
}

function waitLines({ label, state, jobs, text, remedy, cause }: WorkflowWait): string[] {
  const head = `  ${grouped(jobs)} ${wordOf(state, cause)} of ${printable(label)}: ${printable(text)}`;
  return [head, ...(remedy === null || text.includes(remedy) ? [] : [`      ${printable(remedy)}`])];
}

const wordOf = (state: WorkflowWait['state'], cause: WorkflowWait['cause']): string =>
  cause === 'leased' ? 'running' : state;
