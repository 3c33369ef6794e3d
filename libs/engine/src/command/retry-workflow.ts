import { RetryRequest } from '#contracts';
import { reasonCode } from '#core';
import type { Command, RetryChoice, TransitionStore, TransitionTransaction } from '../ports/transition-store.js';
import { endOrRelease, endTasks } from '../settle/close-transition.js';
import { EndedLedger } from '../settle/ended-ledger.js';
import { finishBarriers, leaveRest, releaseChildren } from '../settle/release-children.js';
import { rootsToPrune } from './prune-rest.js';

/** Nothing was chosen: the transaction is rolled back, the workflow stays ended. */
class NothingMatched extends Error {}

/**
 * Opens the next run of an ended workflow: chosen failed jobs run again with fresh budgets, what was pruned only because
 * of them waits again, their `on: ended` children (and theirs) and the final job run again. One transaction.
 * @returns classes that got ready jobs.
 */
export async function retryWorkflow(store: TransitionStore, command: Command): Promise<number[]> {
  const choice = choiceOf(RetryRequest.parse(JSON.parse(command.args)));
  try {
    return await store.step(command.partition, async (tx) => {
      await tx.planFreely();
      const { workflowNo, partition } = command;
      const runNo = await tx.reopen(workflowNo);
      if (runNo === null) {
        await tx.finish(command.id, { refused: 'not-ended' });
        return [];
      }
      const counts = await tx.retryJobs(workflowNo, runNo, choice);
      if (counts.retried === 0) throw new NothingMatched();
      const woken = await tx.wakeRetried(workflowNo);
      const ledger = new EndedLedger();
      const classes = new Set([...woken.classes, ...(await releaseAgain(tx, ledger, workflowNo, woken.barriers))]);
      await tx.recount(workflowNo);
      const reopened = {
        workflowNo,
        type: 'org.sluice.workflow.reopened.v1',
        body: JSON.stringify({ runNo }),
      } as const;
      const ended = ledger.events(await tx.labels(ledger.endedTasks()));
      await tx.record(partition, { tasks: [], failures: [], events: [reopened, ...ended], batches: [] });
      await endTasks(tx, partition, ledger.endedTasks());
      for (const classId of await endOrRelease(tx, partition, [workflowNo])) classes.add(classId);
      await tx.finish(command.id, { runNo, retried: counts.retried, unpruned: counts.unpruned });
      return [...classes];
    });
  } catch (fault) {
    if (!(fault instanceof NothingMatched)) throw fault;
    await store.step(command.partition, (tx) => tx.finish(command.id, { refused: 'nothing-matched' }));
    return [];
  }
}

/**
 * Barriers that wait for nothing end at once; jobs that run again below a parent that failed since are pruned.
 * @returns classes that got ready jobs.
 */
async function releaseAgain(
  tx: TransitionTransaction,
  ledger: EndedLedger,
  workflowNo: string,
  barriers: number[],
): Promise<Set<number>> {
  const ready = barriers.map((ordinal) => ({ workflowNo, ordinal }));
  const finished = ready.length > 0 ? await finishBarriers(tx, ledger, ready) : [];
  const release = await releaseChildren(tx, ledger, [...finished, ...(await rootsToPrune(tx, workflowNo))]);
  await leaveRest(tx, release);
  return release.classes;
}

function choiceOf(request: RetryRequest): RetryChoice {
  return {
    labels: request.labels ?? null,
    reasons: request.reasons?.map((reason) => reasonCode[reason]) ?? null,
    ordinals: request.ordinals ?? null,
  };
}
