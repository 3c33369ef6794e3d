/** Owns the peaks that a settle tells of, and what tasks learn from them. What is learned is core's: learned-memory.ts. */
import { Resources } from '#contracts';
import { learnedMemoryMib, learnsAgain, memoryStepMib, stateCode } from '#core';
import type {
  AppliedAttempts,
  AttemptColumns,
  SettleTransaction,
  TaskEvidence,
  TaskPeak,
} from '../ports/settle-store.js';
import { classVariant, distinctVariants } from './class-variant.js';

/**
 * Keeps what finished attempts were seen to use. Tasks that learn get another size when enough has been seen; it counts
 * for jobs that become ready from here on. Where no peak was measured it costs nothing.
 */
export async function learnMemory(
  tx: SettleTransaction,
  columns: AttemptColumns,
  applied: AppliedAttempts,
): Promise<void> {
  const peaks = peaksOf(columns, applied);
  if (peaks.length === 0) return;
  const learning = await tx.countPeaks(peaks);
  const due = learning.filter(({ before, now }) => learnsAgain(before, before + now));
  if (due.length === 0) return;
  const changes = (await tx.readEvidence(due)).flatMap(changeOf);
  if (changes.length === 0) return;
  await tx.makeClasses(distinctVariants(changes.map(({ variant }) => variant)));
  await tx.learn(changes.map(({ workflowNo, task, variant }) => ({ workflowNo, task, key: variant.key })));
}

/** Of the finished attempts that counted, by task and step. */
function peaksOf(columns: AttemptColumns, applied: AppliedAttempts): TaskPeak[] {
  const peaks = new Map<string, TaskPeak>();
  applied.events.forEach((position, index) => {
    const mib = columns.peakMemoryMib[position] ?? null;
    if (mib === null || columns.nextState[position] !== stateCode.finished) return;
    const workflowNo = columns.workflowNo[position] ?? '';
    const task = applied.tasks[index] ?? -1;
    const peakMib = memoryStepMib(mib);
    const key = `${workflowNo}:${task}:${peakMib}`;
    const known = peaks.get(key);
    if (known) known.jobs += 1;
    else peaks.set(key, { workflowNo, task, peakMib, jobs: 1 });
  });
  return [...peaks.values()];
}

function changeOf(evidence: TaskEvidence) {
  const { workflowNo, task, peaks } = evidence;
  const { memoryMib: askedMib, memoryMaxMib, memoryLearn } = Resources.parse(JSON.parse(evidence.resources));
  const memoryMib = learnedMemoryMib(peaks, { learning: memoryLearn, askedMib, maxMib: memoryMaxMib }) ?? askedMib;
  if (memoryMib === evidence.memoryMib) return [];
  return [{ workflowNo, task, variant: classVariant(evidence, { memoryMib }) }];
}
