/**
 * Owns what can happen to one job and where it is then: for every place and event either the next place or why not.
 * The statements of sql/queries do the same to many jobs at once; test/model holds both to each other.
 *
 * J1  What has ended stays as it is until a user's retry opens the next run.
 * J2  Only a grant begins an attempt, and only out of `ready`; only a leased attempt ends.
 * J3  A barrier never runs: freed, it passes.
 * J4  An attempt that was given up can be taken back while its job waits to be granted anew, not after.
 */
import type { AttemptDecision } from '../job/decide-attempt.js';
import { stateWords, type StateWord } from '../codes.js';

/** Where a job is. `held` is ready, but for its back-off. */
export type JobPlace = StateWord | 'held';

export type JobKind = 'job' | 'barrier' | 'final';

/** Why an event does not happen to a job. */
export type JobRefusal =
  | 'not-waiting'
  | 'not-ready'
  | 'not-held'
  | 'not-leased'
  | 'not-given-up'
  | 'not-open'
  | 'not-ended'
  | 'not-of-this-kind';

interface JobRule {
  kinds: readonly JobKind[];
  /** From where to where; from anywhere else it is refused. */
  to: Partial<Record<JobPlace, JobPlace>>;
  otherwise: JobRefusal;
}

const all = ['job', 'barrier', 'final'] as const;
const run = ['job', 'final'] as const;

export const jobRules = {
  /** Its last unmet edge was met; of the final job: nothing else is open. */
  freed: { kinds: all, to: { waiting: 'ready' }, otherwise: 'not-waiting' },
  /** It stands for edges only, and they are met. @see J3 */
  passed: { kinds: ['barrier'], to: { ready: 'finished' }, otherwise: 'not-ready' },
  /** It can't run any more: a success parent failed for good, or it is the final job of a workflow in which something did. */
  pruned: { kinds: all, to: { waiting: 'failed' }, otherwise: 'not-waiting' },
  /** @see J2 */
  granted: { kinds: run, to: { ready: 'leased' }, otherwise: 'not-ready' },
  finished: { kinds: run, to: { leased: 'finished' }, otherwise: 'not-leased' },
  /** For good: its budget is used up, or its reason is never tried again. */
  failed: { kinds: run, to: { leased: 'failed' }, otherwise: 'not-leased' },
  triedAgain: { kinds: run, to: { leased: 'ready' }, otherwise: 'not-leased' },
  /** After a back-off. */
  triedLater: { kinds: run, to: { leased: 'held' }, otherwise: 'not-leased' },
  /** Its worker gave it back before it began. */
  returned: { kinds: run, to: { leased: 'ready' }, otherwise: 'not-leased' },
  backOffOver: { kinds: run, to: { held: 'ready' }, otherwise: 'not-held' },
  /** The attempt that was given up as lost reports after all: it is leased again, and ends. @see J4 */
  takenBack: { kinds: run, to: { ready: 'leased', held: 'leased' }, otherwise: 'not-given-up' },
  cancelled: {
    kinds: all,
    to: { waiting: 'failed', ready: 'failed', held: 'failed', leased: 'failed' },
    otherwise: 'not-open',
  },
  /** By a user's retry, into the next run. @see J1 */
  reopened: { kinds: all, to: { finished: 'waiting', failed: 'waiting' }, otherwise: 'not-ended' },
} as const satisfies Record<string, JobRule>;

export type JobEvent = keyof typeof jobRules;
export const jobEvents = Object.keys(jobRules) as JobEvent[];
export const jobPlaces: readonly JobPlace[] = [...stateWords, 'held'];

export type JobStep = { place: JobPlace } | { refused: JobRefusal };

/** What an event does to a job. */
export function jobAfter(event: JobEvent, job: { place: JobPlace; kind: JobKind }): JobStep {
  const rule: JobRule = jobRules[event];
  if (!rule.kinds.includes(job.kind)) return { refused: 'not-of-this-kind' };
  const place = rule.to[job.place];
  return place === undefined ? { refused: rule.otherwise } : { place };
}

/** The ends of an attempt, as its job sees them. */
export type EndEvent = 'finished' | 'failed' | 'triedAgain' | 'triedLater' | 'returned';

/** What a decision about a failed attempt is for its job. */
export const eventOfDecision = ({ then, delaySec }: Pick<AttemptDecision, 'then' | 'delaySec'>): EndEvent =>
  then === 'fail' ? 'failed' : delaySec > 0 ? 'triedLater' : 'triedAgain';

/** The state of a leased job after its attempt ended so. */
export const stateAfterEnd = (event: EndEvent): StateWord => stateOf(jobRules[event].to.leased);

/** As tables keep it: what is held is ready. */
export const stateOf = (place: JobPlace): StateWord => (place === 'held' ? 'ready' : place);

export const hasEnded = (place: JobPlace): boolean => place === 'finished' || place === 'failed';

/** Every change of a job's state that can be: what a log of them is held to. */
export const allowedJobTransitions: readonly { from: StateWord; to: StateWord }[] = stateWords.flatMap((from) =>
  stateWords.filter((to) => to !== from && leads(from, to)).map((to) => ({ from, to })),
);

function leads(from: StateWord, to: StateWord): boolean {
  return jobEvents.some((event) => {
    const moves = Object.entries(jobRules[event].to) as [JobPlace, JobPlace][];
    return moves.some(([at, next]) => stateOf(at) === from && stateOf(next) === to);
  });
}
