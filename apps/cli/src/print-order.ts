import type { Counts } from '#contracts';
import type { Call } from './globals.js';
import { csvRecord } from './render/csv.js';
import { foldLabels, sumCounts, type LabelRow } from './render/label-rows.js';
import { labelTable } from './render/label-table.js';
import { grouped } from './render/numbers.js';

/** Options of the verbs that order something. */
export interface OrderOptions {
  dryRun: boolean;
}

/** What the server answers to pause, resume and cancel, as far as it is printed alike. */
export interface OrderAnswer {
  workflow: string;
  counts: Counts;
  tasks: LabelRow[];
}

const width = 80;
const labelsShownMax = 15;
export const dryRunNote = 'Nothing was changed. Run it again without --dry-run.';

/**
 * Prints what an order did, or would do: for people a sentence and, of a dry run, the jobs by label; for programs the
 * server's answer.
 */
export async function printOrder(
  call: Call,
  answer: OrderAnswer,
  { sentences, dryRun }: { sentences: string[]; dryRun: boolean },
): Promise<void> {
  const { out, outPaint } = call.terminal;
  switch (call.globals.output) {
    case 'json':
      return out.line(JSON.stringify(answer, null, 2));
    case 'ndjson':
      return out.line(JSON.stringify(answer));
    case 'id':
      return out.line(answer.workflow);
    case 'csv':
      return out.lines(csvLines(answer));
    case 'table':
      await out.lines(sentences);
      if (!dryRun) return;
      const rows = foldLabels(answer.tasks, labelsShownMax);
      await out.lines(['', ...labelTable({ rows, all: sumCounts(answer.tasks), beside: '' }, width, outPaint)]);
      return out.line(dryRunNote);
  }
}

function csvLines({ workflow, tasks }: OrderAnswer): string[] {
  const states = ['total', 'waiting', 'ready', 'leased', 'finished', 'failed'] as const;
  const rows = tasks.map(({ label, counts }) => [workflow, label, ...states.map((state) => counts[state])]);
  return [['workflow', 'label', ...states], ...rows].map(csvRecord);
}

/** `40 ready and 56 waiting jobs`; `no jobs` when there are none. */
export function jobsText(parts: readonly (readonly [count: number, state: string])[]): string {
  const some = parts.filter(([count]) => count > 0).map(([count, state]) => `${grouped(count)} ${state}`);
  const sum = parts.reduce((total, [count]) => total + count, 0);
  if (some.length === 0) return 'no jobs';
  const list = some.length === 1 ? some[0] : `${some.slice(0, -1).join(', ')} and ${some.at(-1)}`;
  return `${list} ${sum === 1 ? 'job' : 'jobs'}`;
}
