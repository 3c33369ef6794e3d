import type { WhyView } from '#contracts';
import type { FailureStore } from '../ports/failure-store.js';
import type { JobSnapshot, ReadStore, RootFailure, UnmetParents } from '../ports/read-store.js';
import { findGap } from './find-gap.js';
import { groupName } from './list-error-groups.js';

/** Parents named in an answer; the rest is counted. */
const parentsMax = 5;

type Reason = Omit<WhyView, 'job' | 'state'>;

/** What an answer is put together from. */
export interface WhyStores {
  reads: ReadStore;
  failures: FailureStore;
}

/** @returns the ordinal of a job named by its ordinal, its name or `label/name`; null for an unknown name. */
export function ordinalOf(store: ReadStore, job: { workflowNo: string; named: string }): Promise<number | null> {
  return /^\d{1,9}$/.test(job.named) ? Promise.resolve(Number(job.named)) : findJob(store, job);
}

async function findJob(store: ReadStore, job: { workflowNo: string; named: string }): Promise<number | null> {
  const { workflowNo, named } = job;
  const byName = await store.jobByName({ workflowNo, name: named });
  if (byName !== null) return byName;
  const slash = named.indexOf('/');
  if (slash > 0) return store.jobByName({ workflowNo, label: named.slice(0, slash), name: named.slice(slash + 1) });
  return null;
}

/** Why a job does not run, or how it ended. @returns null for an unknown one. */
export async function explainJob(
  stores: WhyStores,
  { workflowNo, named }: { workflowNo: string; named: string },
): Promise<WhyView | null> {
  const ordinal = await ordinalOf(stores.reads, { workflowNo, named });
  if (ordinal === null) return null;
  const job = await stores.reads.job(workflowNo, ordinal);
  if (!job) return null;
  const reason = await reasonOf(stores, { workflowNo, ordinal, job });
  return { job: nameOf(job), state: job.state, ...reason };
}

async function reasonOf(
  stores: WhyStores,
  { workflowNo, ordinal, job }: { workflowNo: string; ordinal: number; job: JobSnapshot },
): Promise<Reason> {
  switch (job.state) {
    case 'waiting':
      return waitsForParents(await stores.reads.unmetParents({ workflowNo, ordinal, rows: parentsMax }), job);
    case 'ready':
      return whyReady(stores.reads, job);
    case 'leased':
      return { cause: 'leased', lines: [leasedLine(job)] };
    case 'finished':
      return { cause: 'finished', lines: [`finished at attempt ${job.attempt}${placeOf(job)}`] };
    case 'failed':
      return { cause: 'failed', lines: await failedLines(stores, { workflowNo, ordinal, job }) };
  }
}

function waitsForParents(parents: UnmetParents, job: JobSnapshot): Reason {
  if (parents.total === 0) {
    return { cause: 'waits-for-parents', lines: ['runs last: when no other job of the workflow is open'] };
  }
  const more = job.parentsLeft - parents.first.length;
  return {
    cause: 'waits-for-parents',
    lines: [
      `waits for ${job.parentsLeft} of ${parents.total} parents`,
      ...parents.first.map((each) => `  ${nameOf(each)} is ${each.state}${each.reason ? ` (${each.reason})` : ''}`),
      ...(more > 0 ? [`  and ${more} more`] : []),
    ],
  };
}

async function whyReady(store: ReadStore, job: JobSnapshot): Promise<Reason> {
  if (job.workflowState === 'paused') return { cause: 'paused', lines: [pausedLine(job)] };
  if (job.labelPausedAt !== null) return { cause: 'paused', lines: [labelPausedLine(job)] };
  if (job.heldMs !== null) {
    const sec = Math.max(0, Math.ceil(job.heldMs / 1_000));
    return { cause: 'held', lines: [`attempt ${job.attempt} failed; it is tried again in ${sec} s`] };
  }
  const needs = (await store.classNeeds([job.classId])).get(job.classId);
  const gap = needs && findGap(needs, await store.workerKinds());
  if (gap) return { cause: gap.cause, lines: [gap.text] };
  return { cause: 'ready', lines: ['waits for a free worker: at least one that is there can run it'] };
}

/** Paused since when, and what to do about it. */
const pausedLine = ({ workflow, pausedAt }: JobSnapshot): string =>
  `the workflow is paused${pausedAt === null ? '' : ` since ${pausedAt}`}: \`sluice resume ${workflow}\` lets it go on`;

const labelPausedLine = ({ workflow, label, labelPausedAt }: JobSnapshot): string =>
  `label ${label} is paused since ${labelPausedAt}: \`sluice resume ${workflow} --label ${quoted(label)}\` lets it go on`;

/** As a shell takes it. */
const quoted = (label: string): string => (/^[\w.:/-]+$/.test(label) ? label : `'${label.replaceAll("'", `'\\''`)}'`);

const leasedLine = (job: JobSnapshot): string =>
  `attempt ${job.attempt} is with a worker${placeOf(job)} since ${Math.round((job.leasedMs ?? 0) / 1_000)} s`;

async function failedLines(
  stores: WhyStores,
  { workflowNo, ordinal, job }: { workflowNo: string; ordinal: number; job: JobSnapshot },
): Promise<string[]> {
  if (job.reason !== 'parent_failed') {
    const group = await groupText(stores.failures, workflowNo, job);
    return [`failed: ${endOf(job)}${placeOf(job)}${group}`, ...messageLines(job)];
  }
  const root = await stores.reads.rootFailure(workflowNo, ordinal);
  if (!root) return ['failed: parent_failed'];
  const group = await groupText(stores.failures, workflowNo, root);
  return ['failed: parent_failed', `root: ${nameOf(root)} ${endOf(root)}${group}`, ...messageLines(root)];
}

/** ` (group e2, 41 jobs)`; nothing for what no error group has, such as a cancelled job. */
async function groupText(
  failures: FailureStore,
  workflowNo: string,
  { fingerprint, reason }: Pick<RootFailure, 'fingerprint' | 'reason'>,
): Promise<string> {
  if (fingerprint === null || reason === 'cancelled') return '';
  const [group] = (await failures.groups({ workflowNo, fingerprints: [fingerprint], groupsMax: 1 })).groups;
  return group ? ` (group ${groupName(group.no)}, ${group.jobs} ${group.jobs === 1 ? 'job' : 'jobs'})` : '';
}

const endOf = ({ reason, exitCode }: Pick<RootFailure, 'reason' | 'exitCode'>): string =>
  `${reason ?? 'error'}${exitCode === null ? '' : `, exit ${exitCode}`}`;

const messageLines = ({ message }: Pick<RootFailure, 'message'>): string[] =>
  message
    ? message
        .trimEnd()
        .split('\n')
        .slice(-messageLinesMax)
        .map((line) => `  ${line}`)
    : [];

/** Lines of a message that are shown, its last ones. */
const messageLinesMax = 10;

const placeOf = ({ site, worker }: Pick<JobSnapshot, 'site' | 'worker'>): string =>
  site === null ? '' : ` at ${site}, ${worker ?? ''}`;

/** Labels and names as people write them; a label that is in the name already is not said twice. */
const nameOf = ({ label, name }: { label: string; name: string }): string =>
  label === name ? name : `${label}/${name}`;
