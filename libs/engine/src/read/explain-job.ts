import type { LimitView, WhyView } from '#contracts';
import type { VisibleSpaces } from '#core';
import type { FailureStore } from '../ports/failure-store.js';
import type { JobSnapshot, ReadStore, RootFailure, UnmetParents } from '../ports/read-store.js';
import type { ShareBooks } from '../ports/share-store.js';
import type { WaitReadStore } from '../ports/wait-store.js';
import { limitText } from '../ports/wait-store.js';
import { explainWait, type Wait } from '../why/explain-wait.js';
import { lengthText, parentsLines, spanLines } from '../why/explain-past.js';
import { heldWait } from '../why/held-wait.js';
import { jobWaits } from '../why/job-spans.js';
import { ownPause, pausesOf } from '../why/paused-wait.js';
import { readFacts } from '../why/read-facts.js';
import { withoutOthers } from '../why/without-others.js';
import { groupName } from './list-error-groups.js';

/** Parents named in an answer; the rest is counted. */
const parentsMax = 5;

type Reason = Omit<WhyView, 'job' | 'state' | 'waited' | 'waitedForParents'>;

/** What an answer is put together from. */
export interface WhyStores {
  reads: ReadStore;
  failures: FailureStore;
  waits: WaitReadStore;
  shares: ShareBooks;
}

/** Most attempts whose waits are told, the newest. */
const spansMax = 20;

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
  { workflowNo, named, visible }: { workflowNo: string; named: string; visible: VisibleSpaces },
): Promise<WhyView | null> {
  const ordinal = await ordinalOf(stores.reads, { workflowNo, named });
  if (ordinal === null) return null;
  const job = await stores.reads.job(workflowNo, ordinal);
  if (!job) return null;
  const reason = await reasonOf(stores, { workflowNo, ordinal, job, visible });
  const attempts = await stores.failures.attempts({ workflowNo, ordinal, rows: spansMax });
  const { state, retry } = job;
  const { spans: waited, parents } = await jobWaits(stores.waits, {
    ...{ workflowNo, ordinal, state, retry, attempts, visible },
  });
  const open = job.state === 'ready' ? waited.at(-1) : undefined;
  const past = waited.flatMap((span) => spanLines(span, span === open ? 'has waited' : 'waited'));
  const lines = [...reason.lines, ...parentsLines(parents), ...past];
  return { job: nameOf(job), state, ...reason, lines, waited, waitedForParents: parents };
}

async function reasonOf(
  stores: WhyStores,
  {
    workflowNo,
    ordinal,
    job,
    visible,
  }: { workflowNo: string; ordinal: number; job: JobSnapshot; visible: VisibleSpaces },
): Promise<Reason> {
  switch (job.state) {
    case 'waiting':
      return withPause(
        waitsForParents(await stores.reads.unmetParents({ workflowNo, ordinal, rows: parentsMax }), job),
        job,
      );
    case 'ready':
      return whyReady(stores, job, visible);
    case 'leased':
      return withPause({ cause: 'leased', ...nothingToDo, lines: [leasedLine(job)] }, job);
    case 'finished':
      return { cause: 'finished', ...nothingToDo, lines: [`finished at attempt ${job.attempt}${placeOf(job)}`] };
    case 'failed':
      return { cause: 'failed', ...nothingToDo, lines: await failedLines(stores, { workflowNo, ordinal, job }) };
  }
}

/** A job that is not ready has another cause; its own pause will hold it when it is ready. */
function withPause(reason: Reason, job: JobSnapshot): Reason {
  const pause = ownPause(job);
  return pause === null ? reason : { ...reason, lines: [...reason.lines, pause.text] };
}

function waitsForParents(parents: UnmetParents, job: JobSnapshot): Reason {
  if (parents.total === 0) {
    return {
      cause: 'waits-for-parents',
      ...nothingToDo,
      lines: ['runs last: when no other job of the workflow is open'],
    };
  }
  const more = job.parentsLeft - parents.first.length;
  const { total, first } = parents;
  return {
    cause: 'waits-for-parents',
    ...nothingToDo,
    details: { parents: total, left: job.parentsLeft, first },
    lines: [
      `waits for ${job.parentsLeft} of ${parents.total} parents`,
      ...parents.first.map((each) => `  ${nameOf(each)} is ${each.state}${each.reason ? ` (${each.reason})` : ''}`),
      ...(more > 0 ? [`  and ${more} more`] : []),
    ],
  };
}

async function whyReady(stores: WhyStores, job: JobSnapshot, visible: VisibleSpaces): Promise<Reason> {
  const [paused, ...others] = pausesOf(job);
  if (paused) {
    const { text, ...reason } = paused;
    return { ...reason, lines: [text, ...others.map((other) => other.text)] };
  }
  const wait = job.heldMs === null ? await whyClass(stores, job.classId, visible) : heldWait(job, Date.now());
  const { text, ...reason } = wait;
  const { remedy } = reason;
  return { ...reason, lines: [text, ...(remedy === null || text.includes(remedy) ? [] : [`  ${remedy}`])] };
}

/** What keeps jobs of a class, and what only a person wants to know of it. */
async function whyClass({ reads, waits, shares }: WhyStores, classId: number, visible: VisibleSpaces): Promise<Wait> {
  const needs = (await reads.classNeeds([classId])).get(classId);
  if (!needs) throw new Error(`class ${classId} of a job is not there`);
  const { facts } = await readFacts(waits, shares);
  const wait = withoutOthers(explainWait(needs, facts), visible);
  if (wait.cause === 'limit') return withHolders(wait, { limits: facts.limits, waits, visible });
  if (wait.cause !== 'workers-busy' && wait.cause !== 'share') return wait;
  const nextFreeSec = await waits.nextFreeSec(wait.details.sites as string[]);
  const text = nextFreeSec === null ? '' : `; by usual run times one is free in ${lengthText(Math.ceil(nextFreeSec))}`;
  return { ...wait, text: wait.text + text, details: { ...wait.details, nextFreeSec } };
}

/** Jobs of spaces that the asker does not see hold a limit too: of them nothing is told. */
async function withHolders(
  wait: Wait,
  { limits, waits, visible }: { limits: readonly LimitView[]; waits: WaitReadStore; visible: VisibleSpaces },
): Promise<Wait> {
  const full = limits.find((limit) => wait.subject.split(', ').includes(limitText(limit)));
  const holders = full ? await waits.holders(full, visible) : [];
  const held = holders.map(({ workflow, owner, jobs }) => `${jobs} of ${workflow} (${owner})`);
  const text = held.length === 0 ? '' : `; they are held by ${held.join(', ')}`;
  return { ...wait, text: wait.text + text, details: { ...wait.details, holders } };
}

const nothingToDo = { subject: '', remedy: null, details: {} } as const;

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
