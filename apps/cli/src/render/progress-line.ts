import type { WorkflowView } from '#contracts';
import { sumCounts } from './label-rows.js';
import { clock, grouped, perSec, percent } from './numbers.js';
import { elapsedSec, hasEnded, leftText, stateText } from './workflow-text.js';

/** Progress for a log file: one line, no colour, no cursor. */
export function progressLine(view: WorkflowView, nowMs: number): string {
  const counts = sumCounts(view.tasks);
  const left = leftText(view);
  const running = !hasEnded(view.workflow.state);
  return [
    clock(elapsedSec(view.workflow, nowMs) ?? 0),
    stateText(view.workflow).toLowerCase(),
    percent(counts.finished + counts.failed, counts.total),
    `of ${grouped(counts.total)}:`,
    `fin ${grouped(counts.finished)},`,
    `failed ${grouped(counts.failed)},`,
    `run ${grouped(counts.leased)},`,
    `ready ${grouped(counts.ready)},`,
    `wait ${grouped(counts.waiting)}`,
    ...(running && view.rate !== null ? [` ${perSec(view.rate)} jobs/s`] : []),
    ...(left === '' ? [] : [` ${left}`]),
  ].join(' ');
}

const lineEveryMs = 5_000;
/** A workflow where nothing changes still says now and then that it is alive. */
const quietLineEveryMs = 60_000;
const lineAtPercent = 10;

/** Decides which views are worth a line in a log: one every 5 s while something changes, or at 10 % more. */
export class ProgressPace {
  private lastMs = -Infinity;
  private lastPercent = 0;
  private lastCounts = '';

  isDue(view: WorkflowView, nowMs: number): boolean {
    const counts = sumCounts(view.tasks);
    const percentDone = counts.total === 0 ? 100 : ((counts.finished + counts.failed) / counts.total) * 100;
    const text = JSON.stringify([view.workflow.state, counts]);
    const sinceMs = nowMs - this.lastMs;
    const due =
      percentDone - this.lastPercent >= lineAtPercent ||
      (text !== this.lastCounts && sinceMs >= lineEveryMs) ||
      sinceMs >= quietLineEveryMs;
    if (!due) return false;
    this.lastMs = nowMs;
    this.lastPercent = percentDone;
    this.lastCounts = text;
    return true;
  }
}
