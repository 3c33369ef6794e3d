import type { Counts, PauseAnswer } from '#contracts';
import type { OrderOptions } from './print-order.js';
import type { OpenJobOptions } from './commands/job-filter-options.js';
import { sumCounts } from './render/label-rows.js';
import { printable } from './render/printable.js';

/** Options of the verbs that pause and resume. */
export interface PauseOptions extends OrderOptions, OpenJobOptions {}

/** What an answer is about, for people: the workflow, or some labels of it, and where their jobs stand. */
export function aboutPause(answer: PauseAnswer): { who: string; isMany: boolean; counts: Counts; options: string } {
  const { workflow, labels, counts, tasks } = answer;
  if (labels === null) return { who: workflow, isMany: false, counts, options: '' };
  const own = tasks.filter(({ label }) => labels.includes(label));
  const noun = labels.length === 1 ? 'label' : 'labels';
  return {
    who: `${noun} ${labels.map(printable).join(', ')} of ${workflow}`,
    isMany: labels.length > 1,
    counts: sumCounts(own),
    options: labels.map((label) => ` --label ${printable(label)}`).join(''),
  };
}

/** The answer with nothing else in its tasks than it is about, for the table of a dry run; of an order about jobs those. */
export function narrowed(answer: PauseAnswer): PauseAnswer {
  const { labels, tasks, chosen } = answer;
  if (chosen) return { ...answer, tasks: chosen.map((row) => ({ ...row, paused: isPaused(answer, row.label) })) };
  return labels === null ? answer : { ...answer, tasks: tasks.filter(({ label }) => labels.includes(label)) };
}

const isPaused = ({ tasks }: PauseAnswer, label: string): boolean =>
  tasks.some((task) => task.paused && task.label === label);
