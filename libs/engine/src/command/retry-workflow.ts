import { partitionOf, RetryOrder } from '#contracts';
import { reasonCode } from '#core';
import type { RetryRefused, RetryResult } from '../ports/order-store.js';
import type {
  Command,
  RetryChoice,
  RetryTouch,
  TransitionStore,
  TransitionTransaction,
} from '../ports/transition-store.js';
import { endOrRelease, endTasks } from '../settle/close-transition.js';
import { EndedLedger } from '../settle/ended-ledger.js';
import { finishBarriers, leaveRest, releaseChildren } from '../settle/release-children.js';
import { rootsToPrune } from './prune-rest.js';
import { resizeJobs } from './resize-jobs.js';

/** The transaction is rolled back, the workflow stays ended. */
class Refused extends Error {
  constructor(readonly why: RetryRefused) {
    super(why.refused);
  }
}

/**
 * Opens the next run of an ended workflow: chosen failed jobs run again with fresh budgets, what was pruned only because
 * of them waits again, their `on: ended` children (and theirs) and the final job run again. One transaction.
 * @returns classes that got ready jobs.
 */
export async function retryWorkflow(store: TransitionStore, command: Command): Promise<number[]> {
  const order = RetryOrder.parse(JSON.parse(command.args));
  try {
    return await store.step(command.partition, async (tx) => {
      const { workflowNo, partition } = command;
      const decided = await decide(tx, workflowNo, order);
      if ('refused' in decided) {
        throw new Refused(decided);
      }
      const { runNo } = decided;
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
      await tx.finish(command.id, { ...decided });
      return [...classes];
    });
  } catch (fault) {
    if (!(fault instanceof Refused)) throw fault;
    await store.step(command.partition, (tx) => tx.finish(command.id, fault.why));
    return [];
  }
}

/** What a retry would touch if it were carried out now. */
export function rehearseRetry(
  store: Pick<TransitionStore, 'rehearse'>,
  workflowNo: string,
  order: RetryOrder,
): Promise<RetryResult> {
  return store.rehearse(partitionOf(workflowNo), (tx) => decide(tx, workflowNo, order));
}

async function decide(tx: TransitionTransaction, workflowNo: string, order: RetryOrder): Promise<RetryResult> {
  await tx.planFreely();
  const runNo = await tx.reopen(workflowNo);
  if (runNo === null) return { refused: 'not-ended' };
  const { touch, chosen } = await tx.retryJobs(workflowNo, runNo, choiceOf(order));
  if (touch.retried === 0) return { refused: 'nothing-matched' };
  const over = await tx.queuedOver(workflowNo, reopenedJobs(touch));
  if (over) return { refused: 'over', over };
  if (!order.memory) return { runNo, ...touch };
  return { runNo, ...touch, resized: await resizeJobs(tx, { workflowNo, ordinals: chosen, memory: order.memory }) };
}

/** Jobs that had ended and are open again. */
const reopenedJobs = ({ retried, unpruned, finishedAgain, failedAgain }: RetryTouch): number =>
  retried + unpruned + finishedAgain + failedAgain;

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

function choiceOf(order: RetryOrder): RetryChoice {
  return {
    labels: order.labels ?? null,
    reasons: order.reasons?.map((reason) => reasonCode[reason]) ?? null,
    ordinals: order.ordinals ?? null,
    exitCodes: order.exitCodes ?? null,
    fingerprints: order.fingerprints ?? null,
    sites: order.sites ?? null,
    except: order.except ?? [],
    tellJobs: order.memory !== undefined,
  };
}
