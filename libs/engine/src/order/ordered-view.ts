import type { Counts, PauseAnswer } from '#contracts';
import type { OrderView } from '../ports/transition-store.js';
import { sumCounts } from '../read/show-workflow.js';

/** What every order tells of its workflow: where its jobs stand, in all and by label. */
export function orderedView({ id, tasks }: OrderView): Pick<PauseAnswer, 'workflow' | 'counts' | 'tasks'> {
  const labels = new Map<string, Counts[]>();
  for (const { label, counts } of tasks) {
    const own = labels.get(label);
    if (own) own.push(counts);
    else labels.set(label, [counts]);
  }
  return {
    workflow: id,
    counts: sumCounts(tasks.map(({ counts }) => counts)),
    tasks: [...labels].map(([label, own]) => ({ label, counts: sumCounts(own) })),
  };
}
