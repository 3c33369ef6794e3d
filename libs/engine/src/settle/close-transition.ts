import { fateOfFinal, reasonCode, stateCode, workflowEnd } from '#core';
import type { BatchRecord, OpenJobs, OutboxEvent, SettleTransaction, TaskRef } from '../ports/settle-store.js';
import { EndedLedger } from './ended-ledger.js';

/**
 * The last part of every transition: writes counts, events and verdicts, then ends the tasks and workflows that have
 * nothing open any more, or releases a final job.
 * @returns classes that got ready jobs: those of final jobs.
 */
export async function closeTransition(
  tx: SettleTransaction,
  partition: number,
  ledger: EndedLedger,
  batches: BatchRecord[],
): Promise<Set<number>> {
  const labels = await tx.labels(ledger.endedTasks());
  const idle = await tx.record(partition, {
    tasks: ledger.changes(),
    failures: ledger.failures(),
    events: ledger.events(labels),
    batches,
  });
  if (idle.length === 0) return new Set();
  await endTasks(tx, partition, idle);
  return endOrRelease(tx, partition, [...new Set(idle.map((task) => task.workflowNo))]);
}

/** Gives those of the tasks that have no open job their end state, and tells it. */
export async function endTasks(tx: SettleTransaction, partition: number, tasks: TaskRef[]): Promise<void> {
  const events: OutboxEvent[] = (await tx.endTasks(tasks)).map(({ workflowNo, label, state }) => ({
    workflowNo,
    type: 'org.sluice.task.ended.v1',
    body: JSON.stringify({ label, state }),
  }));
  if (events.length > 0) await tx.record(partition, { tasks: [], failures: [], events, batches: [] });
}

/** Ends those of the workflows that have nothing open any more, and releases final jobs that only waited for the rest. */
export async function endOrRelease(
  tx: SettleTransaction,
  partition: number,
  workflowNos: string[],
): Promise<Set<number>> {
  const open = await tx.openJobs(workflowNos);
  const events = await endWorkflows(tx, open);
  if (events.length > 0) await tx.record(partition, { tasks: [], failures: [], events, batches: [] });
  return releaseFinals(tx, partition, open.filter(isDecided));
}

async function endWorkflows(tx: SettleTransaction, workflows: OpenJobs[]): Promise<OutboxEvent[]> {
  const done = workflows
    .filter((workflow) => workflow.open === 0)
    .map((workflow) => ({ workflowNo: workflow.workflowNo, state: workflowEnd(workflow) }));
  if (done.length === 0) return [];
  const ended = new Set(await tx.endWorkflows(done));
  return done
    .filter(({ workflowNo }) => ended.has(workflowNo))
    .map(({ workflowNo, state }) => ({
      workflowNo,
      type: 'org.sluice.workflow.ended.v1',
      body: JSON.stringify({ state }),
    }));
}

/** What becomes of a final job that waits; null where there is none. */
const finalFate = ({ finalWhen, finalState, open, failed, cancelRequested }: OpenJobs) =>
  finalWhen === null || finalState !== stateCode.waiting
    ? null
    : fateOfFinal({ when: finalWhen, othersOpen: open > 1, anyFailed: failed > 0, cancelRequested });

/** A cancel ends a final job that does not run always: it is left to the cancel's command. */
const isDecided = (workflow: OpenJobs): boolean => !['waits', null].includes(finalFate(workflow));

/** Final jobs that are decided on: one that is not to run ends as pruned, and its workflow with it. */
async function releaseFinals(tx: SettleTransaction, partition: number, workflows: OpenJobs[]): Promise<Set<number>> {
  if (workflows.length === 0) return new Set();
  const released = await tx.releaseFinalJobs(
    workflows.map((workflow) => ({
      workflowNo: workflow.workflowNo,
      ordinal: workflow.finalOrdinal ?? -1,
      run: finalFate(workflow) === 'freed',
    })),
  );
  const ledger = new EndedLedger();
  const classes = new Set<number>();
  for (const final of released) {
    ledger.leftWaiting(final, 1);
    if (final.classId !== null) classes.add(final.classId);
    else ledger.failed(final, finalOrdinal(workflows, final.workflowNo), reasonCode.parent_failed);
  }
  for (const classId of await closeTransition(tx, partition, ledger, [])) classes.add(classId);
  return classes;
}

const finalOrdinal = (workflows: OpenJobs[], workflowNo: string): number =>
  workflows.find((workflow) => workflow.workflowNo === workflowNo)?.finalOrdinal ?? -1;
