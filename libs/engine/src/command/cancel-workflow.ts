import { jobId } from '#contracts';
import { reasonCode, stateCode } from '#core';
import type { CancelledJob, Command, TransitionStore } from '../ports/transition-store.js';
import { closeTransition } from '../settle/close-transition.js';
import { EndedLedger } from '../settle/ended-ledger.js';

/** Jobs ended in one transaction. */
const chunkJobs = 10_000;

/** An attempt that was cancelled while its worker ran it. */
export interface Kill {
  session: string;
  job: string;
  attempt: number;
}

export interface Cancelled {
  jobs: number;
  kills: Kill[];
  /** Classes that got ready jobs: a final job that runs always. */
  classes: number[];
  /** Limits under which some of them ran: there is room again. */
  limits: number[];
}

/**
 * Ends all open jobs of a workflow, chunk by chunk; each chunk is whole. Leased ones end here and now: a later report of
 * theirs is stale, and their workers are told to stop. A final job with `when: always` runs afterwards.
 * Safe to repeat after a crash: it goes on with what is still open.
 */
export async function cancelWorkflow(store: TransitionStore, command: Command): Promise<Cancelled> {
  const cancelled: Cancelled = { jobs: 0, kills: [], classes: [], limits: [] };
  for (let open = true; open;) {
    open = await store.step(command.partition, async (tx) => {
      cancelled.classes.push(...(await tx.unqueue(command.workflowNo)));
      const [workflow] = await tx.openJobs([command.workflowNo]);
      const spareFinal = workflow?.finalWhen === 'always';
      const { jobs, limits } = await tx.cancelJobs(command.workflowNo, { jobsMax: chunkJobs, spareFinal });
      if (jobs.length > 0) {
        await tx.cancelCountDown(
          command.workflowNo,
          jobs.map((job) => job.ordinal),
        );
        const ledger = ledgerOf(command.workflowNo, jobs);
        cancelled.classes.push(...(await closeTransition(tx, command.partition, ledger, [])));
        cancelled.jobs += jobs.length;
        cancelled.limits.push(...limits);
        cancelled.kills.push(...killsOf(command.workflowNo, jobs));
      }
      if (jobs.length === chunkJobs) return true;
      await tx.finish(command.id, { jobs: cancelled.jobs });
      return false;
    });
  }
  return cancelled;
}

/** What ends and where it stood. */
export function ledgerOf(workflowNo: string, jobs: CancelledJob[]): EndedLedger {
  const ledger = new EndedLedger();
  for (const { task, ordinal, state } of jobs) {
    ledger.failed({ workflowNo, task }, ordinal, reasonCode.cancelled);
    if (state === stateCode.waiting) ledger.leftWaiting({ workflowNo, task }, 1);
  }
  return ledger;
}

/** Attempts that workers are to stop. */
export const killsOf = (workflowNo: string, jobs: CancelledJob[]): Kill[] =>
  jobs.flatMap(({ session, ordinal, attempt }) =>
    session === null ? [] : { session, job: jobId(workflowNo, ordinal), attempt },
  );
