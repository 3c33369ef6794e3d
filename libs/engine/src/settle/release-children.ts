import { reasonCode } from '#core';
import { faultpoint } from '#faultpoint';
import type { PeekedRow } from '../ports/lease-store.js';
import type { EndedJob, Released, SettleTransaction } from '../ports/settle-store.js';
import type { EndedLedger } from './ended-ledger.js';

/**
 * Most descendants pruned in one transaction: two to three seconds. What is left is pruned by a command of its own.
 * @see S4 in settle-batches.ts
 */
export const pruneJobsMax = 100_000;
/** Most barriers in a row that one transaction passes: a millisecond or so each. What is left waits for the same command. */
export const barrierWavesMax = 500;

export interface Release {
  /** Classes that got ready jobs. */
  classes: Set<number>;
  /** All rows in which those jobs wait; null when that is not known. */
  rows: PeekedRow[] | null;
  /** Workflows in which something is left to prune or a barrier to finish: see leaveRest(). */
  cutShort: Set<string>;
}

/** Frees or prunes what waited for jobs that ended, and goes on through barriers until none is newly ready. */
export async function releaseChildren(tx: SettleTransaction, ledger: EndedLedger, ended: EndedJob[]): Promise<Release> {
  const release: Release = { classes: new Set(), rows: [], cutShort: new Set() };
  let wave = ended;
  for (let waves = 0; wave.length > 0; waves += 1) {
    const released = await tx.release(wave);
    faultpoint('dag.midRelease');
    for (const group of released) {
      ledger.leftWaiting(group, group.jobs);
      if (group.what === 'ready') noteReady(release, group);
      if (group.what === 'pruned') notePruned(ledger, group);
    }
    if (prunedInAll(released) >= tx.pruneJobsMax) noteWorkflows(release, wave.filter(hasFailed));
    const barriers = released.filter(({ what }) => what === 'barrier').flatMap(membersOf);
    if (waves >= barrierWavesMax) noteWorkflows(release, barriers);
    wave = barriers.length > 0 && waves < barrierWavesMax ? await finishBarriers(tx, ledger, barriers) : [];
  }
  return release;
}

function noteReady(release: Release, { classId, jobs, ready }: Released): void {
  release.classes.add(classId);
  const known = ready.reduce((sum, row) => sum + row.jobs, 0) === jobs;
  release.rows = known && release.rows ? [...release.rows, ...ready] : null;
}

const hasFailed = (job: EndedJob): boolean => job.code !== 3;

const membersOf = ({ workflowNo, ordinals }: Released): { workflowNo: string; ordinal: number }[] =>
  ordinals.map((ordinal) => ({ workflowNo, ordinal }));

function noteWorkflows({ cutShort }: Release, jobs: readonly { workflowNo: string }[]): void {
  for (const { workflowNo } of jobs) cutShort.add(workflowNo);
}

function notePruned(ledger: EndedLedger, group: Released): void {
  for (const ordinal of group.ordinals) ledger.failed(group, ordinal, reasonCode.parent_failed);
}

function prunedInAll(released: Released[]): number {
  return released.reduce((sum, group) => sum + (group.what === 'pruned' ? group.jobs : 0), 0);
}

/** Orders a prune for each workflow in which a release stopped short. */
export async function leaveRest(tx: SettleTransaction, { cutShort }: Release): Promise<void> {
  for (const workflowNo of cutShort) await tx.leaveRest(workflowNo);
}

/** Barriers end where they stand. @returns them as ended jobs: the next wave. */
export async function finishBarriers(
  tx: SettleTransaction,
  ledger: EndedLedger,
  barriers: { workflowNo: string; ordinal: number }[],
): Promise<EndedJob[]> {
  const finished = await tx.finishBarriers(barriers);
  for (const barrier of finished) ledger.finished(barrier, barrier.ordinal, null);
  return finished.map(({ workflowNo, ordinal }) => ({ workflowNo, ordinal, code: 3 }));
}
