/**
 * Owns which word about the end of an attempt counts.
 *
 * E1  The fence: only what comes under the job's lease, with its token and its newest attempt, while it is leased.
 * E2  The first end that a worker tells stands; any other word of its own about it is a duplicate.
 * E3  What a user ended, and what a loss ended for good, is nobody's any more: stale.
 * E4  An attempt given up as lost still accepts its end while its job, in the same run, waits to be granted anew.
 */
import type { ReasonWord } from '../codes.js';
import type { JobPlace } from './job-transition.js';

export interface LeaseKey {
  id: string;
  token: string;
}

/** What somebody says about the end of an attempt. */
export interface SaidEnd {
  attempt: number;
  lease: LeaseKey;
  /** Null: it did not fail. */
  reason: ReasonWord | null;
}

/** The end of an attempt as it stands in the books. */
export interface KnownEnd extends SaidEnd {
  runNo: number;
  /** A cancel ended it: no worker has told. */
  byUser: boolean;
}

export interface JudgedJob {
  place: JobPlace;
  attempt: number;
  runNo: number;
  /** Of the newest attempt; null: there was none. */
  lease: LeaseKey | null;
}

/** `late`: it counts, though its attempt had been given up. */
export type EndVerdict = 'applied' | 'late' | 'duplicate' | 'stale';

/** @param known how that attempt ended, if it did. */
export function judgeEnd(said: SaidEnd, job: JudgedJob | undefined, known: KnownEnd | undefined): EndVerdict {
  const isNewest = job?.attempt === said.attempt && isSameLease(job.lease, said.lease);
  if (isNewest && job.place === 'leased') return 'applied'; // E1
  if (!known || !isSameLease(known.lease, said.lease) || known.byUser) return 'stale'; // E3
  const [wasLost, isLost] = [known.reason === 'lost', said.reason === 'lost'];
  if (wasLost === isLost) return 'duplicate'; // E2
  const waits = job?.place === 'ready' || job?.place === 'held';
  return wasLost && isNewest && waits && known.runNo === job.runNo ? 'late' : 'stale'; // E4
}

const isSameLease = (a: LeaseKey | null, b: LeaseKey): boolean => a?.id === b.id && a.token === b.token;
