import type { Counts, PauseAnswer } from '#contracts';
import type { OrderView } from '../ports/transition-store.js';
import { sumCounts } from '../read/show-workflow.js';

/** What every order tells of its workflow: where its jobs stand, in all and by label. */
export function orderedView({ id, tasks }: OrderView): Pick<PauseAnswer, 'workflow' | 'counts' | 'tasks'> {
  const labels = new Map<string, { all: Counts[]; paused: boolean }>();
  for (const { label, counts, paused } of tasks) {
    const own = labels.get(label) ?? { all: [], paused: false };
    labels.set(label, { all: [...own.all, counts], paused: own.paused || paused });
  }
  return {
    workflow: id,
    counts: sumCounts(tasks.map(({ counts }) => counts)),
    tasks: [...labels].map(([label, { all, paused }]) => ({ label, paused, counts: sumCounts(all) })),
  };
}
