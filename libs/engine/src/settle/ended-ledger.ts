import { failReasons, jsonBytes, messageBytesMax, outboxJobsMax, type FailReason } from '#contracts';
import { reasonCode, reasonWords } from '#core';
import type { FailureChange, OutboxEvent, TaskChange, TaskRef } from '../ports/settle-store.js';

interface TaskEntry extends TaskChange {
  finishedOrdinals: number[];
  failedOrdinals: Map<number, number[]>;
}

/**
 * Adds up, task by task, what one settle changes: counts, failures by reason, and the ordinals for the public events.
 * The sums are written once per task, however many jobs ended.
 */
export class EndedLedger {
  private readonly tasks = new Map<string, TaskEntry>();

  finished(ref: TaskRef, ordinal: number, runMs: number | null): void {
    const entry = this.entry(ref);
    entry.finished += 1;
    entry.finishedOrdinals.push(ordinal);
    if (runMs !== null) {
      entry.runMs += runMs;
      entry.runs += 1;
    }
  }

  failed(ref: TaskRef, ordinal: number, reason: number): void {
    const entry = this.entry(ref);
    entry.failed += 1;
    const ordinals = entry.failedOrdinals.get(reason);
    if (ordinals) ordinals.push(ordinal);
    else entry.failedOrdinals.set(reason, [ordinal]);
  }

  /** Jobs of the task that were waiting and are not any more. */
  leftWaiting(ref: TaskRef, jobs: number): void {
    this.entry(ref).unwaiting += jobs;
  }

  changes(): TaskChange[] {
    return [...this.tasks.values()].map(({ workflowNo, task, unwaiting, finished, failed, runMs, runs }) => {
      return { workflowNo, task, unwaiting, finished, failed, runMs: Math.round(runMs), runs };
    });
  }

  failures(): FailureChange[] {
    return [...this.tasks.values()].flatMap((entry) =>
      [...entry.failedOrdinals].map(([reason, ordinals]) => ({
        workflowNo: entry.workflowNo,
        task: entry.task,
        reason,
        jobs: ordinals.length,
      })),
    );
  }

  /** Tasks with jobs that ended: the events name their labels. */
  endedTasks(): TaskRef[] {
    return [...this.tasks.values()].filter((entry) => entry.finished + entry.failed > 0);
  }

  /** One jobs-ended event a workflow, more where it would name over 5,000 jobs, or fill more than half of a message. */
  events(labels: ReadonlyMap<string, string>): OutboxEvent[] {
    const byWorkflow = new Map<string, TaskEntry[]>();
    for (const entry of this.tasks.values()) {
      if (entry.finished + entry.failed === 0) continue;
      byWorkflow.set(entry.workflowNo, [...(byWorkflow.get(entry.workflowNo) ?? []), entry]);
    }
    return [...byWorkflow].flatMap(([workflowNo, entries]) =>
      inPages(entries, labels).map((tasks) => ({
        workflowNo,
        type: 'org.sluice.jobs.ended.v1' as const,
        body: JSON.stringify({ tasks }),
      })),
    );
  }

  private entry(ref: TaskRef): TaskEntry {
    const key = taskKey(ref);
    let entry = this.tasks.get(key);
    if (!entry) {
      entry = {
        workflowNo: ref.workflowNo,
        task: ref.task,
        unwaiting: 0,
        finished: 0,
        failed: 0,
        runMs: 0,
        runs: 0,
        finishedOrdinals: [],
        failedOrdinals: new Map(),
      };
      this.tasks.set(key, entry);
    }
    return entry;
  }
}

/** Key of a task in maps. */
export const taskKey = (ref: TaskRef): string => `${ref.workflowNo}:${ref.task}`;

/** The word of a reason's code; `error` for a code that nobody knows. */
export const reasonWord = (code: number): FailReason =>
  failReasons.find((word) => reasonCode[word] === code) ?? 'error';

interface TaskPart {
  label: string;
  finished: number[];
  failed: { reason: FailReason; ordinals: number[] }[];
}

/** Bytes of one event, with many labels that are long. */
const pageBytesMax = messageBytesMax / 2;
/** Bytes of a part besides its label, and of an ordinal. */
const partBytes = 100;
const ordinalBytes = 8;

function inPages(entries: TaskEntry[], labels: ReadonlyMap<string, string>): TaskPart[][] {
  const pages: TaskPart[][] = [[]];
  let room: number = outboxJobsMax;
  let bytesLeft = pageBytesMax;
  const turnPage = (): void => {
    pages.push([]);
    room = outboxJobsMax;
    bytesLeft = pageBytesMax;
  };
  const part = (entry: TaskEntry, reason: number, ordinals: number[]): TaskPart => ({
    label: labels.get(taskKey(entry)) ?? '',
    finished: reason === 0 ? ordinals : [],
    failed: reason === 0 ? [] : [{ reason: reasonWord(reason), ordinals }],
  });
  for (const entry of entries) {
    const headBytes = partBytes + jsonBytes(labels.get(taskKey(entry)) ?? '');
    for (const [reason, ordinals] of [[0, entry.finishedOrdinals] as const, ...entry.failedOrdinals]) {
      for (let from = 0; from < ordinals.length;) {
        if (room === 0 || bytesLeft < headBytes + ordinalBytes * Math.min(room, ordinals.length - from)) turnPage();
        const take = ordinals.slice(from, from + room);
        pages.at(-1)?.push(part(entry, reasonWords[reason] ? reason : 0, take));
        from += take.length;
        room -= take.length;
        bytesLeft -= headBytes + ordinalBytes * take.length;
      }
    }
  }
  return pages.filter((page) => page.length > 0);
}
