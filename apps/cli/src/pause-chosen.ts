import type { JobConditions } from '#client';
import type { Counts, PauseAnswer } from '#contracts';
import { jobsText } from './print-order.js';
import { sumCounts, type LabelRow } from './render/label-rows.js';
import { counted } from './render/numbers.js';
import { printable } from './render/printable.js';

/** Which open jobs an order is about. */
export type ChosenConditions = JobConditions & { jobs?: string[] };

/**
 * Gives an order about jobs until there are no more: the server takes so many at a time. @param ask gives it once, to a selector
 * @returns the last answer, with the chosen jobs of all
 */
export async function orderAll(
  selector: string,
  { dryRun }: { dryRun: boolean },
  ask: (selector: string) => Promise<PauseAnswer>,
): Promise<PauseAnswer> {
  const first = await ask(selector);
  let sum = first;
  for (let last = first; last.more && !dryRun;) {
    last = await ask(first.workflow);
    sum = { ...last, changed: sum.changed || last.changed, chosen: added(sum.chosen ?? [], last.chosen ?? []) };
  }
  return sum;
}

function added(some: readonly LabelRow[], others: readonly LabelRow[]): { label: string; counts: Counts }[] {
  const labels = new Map<string, Counts[]>();
  for (const { label, counts } of [...some, ...others]) labels.set(label, [...(labels.get(label) ?? []), counts]);
  return [...labels].map(([label, counts]) => ({ label, counts: sumCounts(counts.map((each) => ({ counts: each }))) }));
}

/** What `pause` says of jobs. */
export function pausedJobsText({ workflow, dryRun, changed, chosen, more }: PauseAnswer): string[] {
  if (!changed) return [`${workflow} has no open job like that which is not paused by itself already`];
  const { waiting, ready, leased } = sumCounts(chosen ?? []);
  const held = jobsText([
    [ready, 'ready'],
    [waiting, 'waiting'],
  ]);
  const running =
    leased === 0 ? '' : `; ${jobsText([[leased, 'running']])} ${leased === 1 ? 'goes' : 'go'} on, a retry would wait`;
  return [
    `${dryRun ? 'would pause' : 'paused'} jobs of ${workflow}: holds ${more ? 'at least ' : ''}${held}${running}`,
    ...(dryRun ? [] : [`        let them go on: sluice resume ${workflow} --all, or with these conditions`]),
  ];
}

/** What `resume` says of jobs. */
export function resumedJobsText({ workflow, dryRun, changed, chosen, more, ...after }: PauseAnswer): string {
  if (!changed) return `${workflow} has no open job like that which is paused by itself`;
  const { waiting, ready, leased } = sumCounts(chosen ?? []);
  const given = jobsText([
    [ready, 'ready'],
    [waiting, 'waiting'],
    [leased, 'running'],
  ]);
  const labels = new Set(chosen?.map(({ label }) => label));
  const paused = after.tasks.filter((task) => task.paused && labels.has(task.label));
  const still = [
    ...(after.state === 'paused' ? ['the workflow'] : []),
    ...paused.map(({ label }) => `label ${printable(label)}`),
  ];
  return [
    `${dryRun ? 'would resume' : 'resumed'} jobs of ${workflow}: gives back ${more ? 'at least ' : ''}${given}`,
    ...(still.length > 0 ? [`still paused: ${still.join(', ')}`] : []),
    ...(after.pausedJobs > 0 ? [`${counted(after.pausedJobs, 'other job')} still paused`] : []),
  ].join('; ');
}
